"""Cassettes on disk: YAML, one document for each interaction, so that writing one never touches another."""

import os
import re
import threading
from collections.abc import Iterator
from functools import cache, lru_cache
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from .errors import CassetteError
from .interaction import Asked, Interaction

__all__ = ("append", "load")

_BORDER = re.compile(r"^(?:---(?:[ \t].*)?\n|-{1,3}\Z)", re.MULTILINE)  # one at the very end may be cut
# What only a quoted text brings back as it was: line ends of other kinds, what is invisible, a blank first line.
_SPECIAL = re.compile(r"^[ \t\n]|[^\t\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_lock = threading.Lock()  # ruamel's objects have state


def load(path: Path, *, mend: bool = False) -> list[Interaction]:
    """The interactions of a cassette, in the order in which they were asked; none when there is no file.

    The last one is left out when a crash has cut it short; to `mend` is to remove it, so that others can follow.
    """
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return []
    interactions, sound = _load(path, stamp.st_mtime_ns, stamp.st_size)
    if mend and sound < stamp.st_size:
        os.truncate(path, sound)
    return list(interactions)


def append(path: Path, interaction: Interaction) -> None:
    """Add an interaction. It is written at once and whole."""
    with _lock:
        document = _document(interaction.as_document())
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab", buffering=0) as file:
            file.write(document.encode())


@lru_cache(maxsize=256)
def _load(path: Path, modified: int, size: int) -> tuple[tuple[Interaction, ...], int]:
    """What a file held at that time, and how many of its bytes are sound.

    It is kept in memory: parsing takes milliseconds, and tests share cassettes.
    """
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise CassetteError(f"{path} is no text in UTF-8 (byte {error.start}); record it anew") from error
    documents = list(_documents(text))
    found = []
    for place, (start, content) in enumerate(documents, start=1):
        try:
            found.append(_interaction(content, place))
        except _DamageError as damage:
            if place == len(documents) > 1:
                return _in_order(found), len(text[:start].encode())
            line = text.count("\n", 0, start) + damage.line
            raise CassetteError(f"{path}:{line}: {damage}; mend it, or record it anew") from damage
    return _in_order(found), size


def _in_order(interactions: list[Interaction]) -> tuple[Interaction, ...]:
    return tuple(sorted(interactions, key=lambda interaction: interaction.number))


def _documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document and where it starts, its border included. Content is indented: a line of dashes is a border."""
    borders = [found.start() for found in _BORDER.finditer(text)]
    for start, end in pairwise(sorted({0, *borders, len(text)})):
        content = _BORDER.sub("\n", text[start:end], count=1)
        is_cut = start > 0 and end == len(text) and not content.strip()  # only its border was written
        if is_cut or any(_is_content(row) for row in content.splitlines()):
            yield start, content


def _is_content(row: str) -> bool:
    return bool(row.strip()) and not row.startswith("#")


class _DamageError(ValueError):
    """What is wrong with a document, on which of its lines."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _interaction(text: str, place: int) -> Interaction:
    document = _parsed(text)
    if not isinstance(document, dict):
        raise _DamageError("an interaction is a mapping with `request` and `response`")
    request, response = document.get("request"), document.get("response")
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise _DamageError("the request of an interaction has at least a `url`")
    if not isinstance(response, dict) or not response:
        raise _DamageError("an interaction without a response")
    number = document.get("number", place)
    if not isinstance(number, int):
        raise _DamageError("the `number` of an interaction is a whole number")
    return Interaction(number, Asked(str(document.get("provider", "")), request), response)


def _parsed(text: str) -> Any:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        with _lock:
            return _yaml().load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _DamageError(f"no valid YAML: {error.problem or error.context}", mark.line + 1 if mark else 1) from error
    except YAMLError as error:
        raise _DamageError(f"no valid YAML: {' '.join(str(error).split())}") from error


# ---- YAML


def _document(data: dict[str, Any]) -> str:
    out = StringIO()
    _yaml().dump(data, out)
    return "---\n" + out.getvalue()


@cache
def _yaml() -> Any:
    # Here because ruamel costs 0.1 s of CPU, which those who replay nothing need not pay.
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        """Text of several lines is shown as such, and numbers (vectors, times) are on one line."""

        def represent_text(self, text: str) -> Any:
            style = '"' if _SPECIAL.search(text) else "|" if "\n" in text else None
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

        def represent_items(self, values: list[Any]) -> Any:
            on_one_line = bool(values) and all(isinstance(value, int | float) for value in values)
            return self.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=on_one_line)

    Representer.add_representer(str, Representer.represent_text)
    Representer.add_representer(list, Representer.represent_items)
    yaml: Any = YAML(typ="safe", pure=True)  # its attributes are typed by their first values
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.width = 1 << 30  # a line of the wire stays a line
    return yaml
