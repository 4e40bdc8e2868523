"""Cassettes on disk: YAML, one document for each interaction, so that writing one never touches another."""

import re
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .errors import CassetteError
from .interaction import Asked, Interaction

__all__ = ("append", "load")

_START = re.compile(r"^---(?:[ \t].*)?\n", re.MULTILINE)
# What only a quoted text brings back as it was: line ends of other kinds, what is invisible, a blank first line.
_SPECIAL = re.compile(r"^[ \t\n]|[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_lock = threading.Lock()  # ruamel's objects have state


def load(path: Path) -> list[Interaction]:
    """The interactions of a cassette, in the order in which they were asked; none when there is no file.

    The last one is left out when a crash has cut it short.
    """
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return []
    return list(_load(path, stamp.st_mtime_ns, stamp.st_size))


def append(path: Path, interaction: Interaction) -> None:
    """Add an interaction. It is written at once and whole."""
    with _lock:
        document = _document(interaction.as_document())
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            file.write(document.encode())


@cache
def _load(path: Path, modified: int, size: int) -> tuple[Interaction, ...]:
    """What a file held at that time: parsing takes milliseconds, and tests share cassettes."""
    try:
        documents = list(_documents(path.read_text(encoding="utf-8")))
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path} is no text in UTF-8 (byte {error.start})") from error
    found = []
    for place, (line, text) in enumerate(documents, start=1):
        try:
            found.append(_interaction(text, place))
        except ValueError as error:
            if place < len(documents) or place == 1:
                raise CassetteError(f"{path}:{line}: {error}; mend it, or record it anew") from error
    return tuple(sorted(found, key=lambda interaction: interaction.number))


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document with the line that it begins on. Content is indented, so a line of dashes is a border."""
    line = 1
    for start, end in _borders(text):
        piece = text[start:end]
        line = text.count("\n", 0, start) + 1
        if any(row.strip() and not row.startswith("#") for row in piece.splitlines()):
            yield line, piece


def _borders(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for border in _START.finditer(text):
        yield start, border.start()
        start = border.end()
    yield start, len(text)


def _interaction(text: str, place: int) -> Interaction:
    from ruamel.yaml.error import YAMLError

    try:
        with _lock:
            document = _yaml().load(text)
    except YAMLError as error:
        raise ValueError(f"no valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict):
        raise ValueError("an interaction is a mapping with `request` and `response`")
    request, response = document.get("request"), document.get("response")
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise ValueError("the request of an interaction has at least a `url`")
    if not isinstance(response, dict) or not response:
        raise ValueError("an interaction without a response")
    asked = Asked(str(document.get("provider", "")), request)
    return Interaction(int(document.get("number", place)), asked, response)


# ---- YAML


class _Inline(list[Any]):
    """A list to be written on one line."""


def _document(data: dict[str, Any]) -> str:
    from io import StringIO

    response = data["response"]
    if isinstance(response, Mapping) and "seconds" in response:
        data = data | {"response": {**response, "seconds": _Inline(response["seconds"])}}
    out = StringIO()
    _yaml().dump(data, out)
    return "---\n" + out.getvalue()


@cache
def _yaml() -> Any:
    # Here because ruamel costs 0.1 s of CPU, which those who replay nothing need not pay.
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        """Text of several lines is shown as such."""

        def represent_text(self, text: str) -> Any:
            style = '"' if _SPECIAL.search(text) else "|" if "\n" in text else None
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

        def represent_inline(self, values: list[Any]) -> Any:
            return self.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=True)

    Representer.add_representer(str, Representer.represent_text)
    Representer.add_representer(_Inline, Representer.represent_inline)
    yaml: Any = YAML(typ="safe", pure=True)  # its attributes are typed by their first values
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.width = 1 << 30  # a line of the wire stays a line
    return yaml
