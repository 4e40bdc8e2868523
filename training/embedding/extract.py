"""Titled passages from documentation: docstrings, manual pages, HTML pages, descriptions of services."""

import ast
import gzip
import json
import re
import warnings
from collections.abc import Callable, Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

__all__ = ("EXTRACTORS", "Passage")

_TAG = re.compile(r"<[^>]+>")
_SENTENCE_END = re.compile(r"(?<=[a-z0-9\])`'\"][.!?])\s+(?=[A-Z`\"'(])")
_CHARACTERS = {"aq": "'", "lq": '"', "rq": '"', "em": "-", "en": "-"}
_MARKUP = re.compile(r":[a-z:]+:`~?([^`<]+?)(?: <[^>]*>)?`|``([^`]*)``|\*\*([^*]+)\*\*")


class Passage(NamedTuple):
    """A heading or a first sentence, and the text that it stands over."""

    title: str
    body: str


def docstrings(path: Path) -> Iterator[Passage]:
    """Of a Python file: the first sentence, and the rest."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old code's escapes
            tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _split(_MARKUP.sub(r"\1\2\3", ast.get_docstring(node) or ""))


def service(path: Path) -> Iterator[Passage]:
    """Of a botocore service description: each operation's and shape's first sentence, and the rest."""
    content = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    for part in (*content.get("operations", {}).values(), *content.get("shapes", {}).values()):
        yield from _split(unescape(_TAG.sub(" ", part.get("documentation", ""))))


def manual(path: Path) -> Iterator[Passage]:
    """Of a manual page: what it is in one line, and its description; then each section's heading and text."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    sections = list(_manual_sections(raw.decode("utf-8", "replace")))
    summary = next((body.partition(" - ")[2] for title, body in sections if title.upper() == "NAME"), "")
    for title, body in sections:
        if title.upper() == "DESCRIPTION" and summary:
            yield Passage(summary, body)
        elif title.upper() not in {"NAME", "SYNOPSIS", "AUTHOR", "AUTHORS", "COPYRIGHT", "SEE ALSO"}:
            yield Passage(f"{summary}: {title.lower()}", body)


def page(path: Path) -> Iterator[Passage]:
    """Of an HTML page: each heading, and the paragraphs below it."""
    parser = _Headings()
    parser.feed(path.read_text(encoding="utf-8", errors="replace"))
    parser.close()
    return iter(parser.passages())


EXTRACTORS: dict[str, Callable[[Path], Iterator[Passage]]] = {
    "docstrings": docstrings,
    "service": service,
    "manual": manual,
    "page": page,
}


def _split(text: str) -> Iterator[Passage]:
    """The first sentence, and the rest without doctest lines."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith((">>>", "...", "---", "===")))
    first, *rest = _SENTENCE_END.split(" ".join(" ".join(lines).split()), maxsplit=1)
    if rest:
        yield Passage(first, rest[0])


def _manual_sections(text: str) -> Iterator[tuple[str, str]]:
    title, words = "", list[str]()
    for line in text.splitlines():
        macro = re.match(r"[.'](\w+|\\\")\s*(.*)", line)
        if macro and macro[1] in {"SH", "Sh"}:
            yield title, _roff(" ".join(words))
            title, words = _roff(macro[2]), []
        elif macro and macro[1] == "Nd":
            words.append("- " + macro[2])
        elif not macro or macro[1] in {"B", "I", "BR", "IR", "RB", "RI", "SM", "Nm", "Ar", "Fl", "Xr", "Em", "Pa"}:
            words.append(macro[2] if macro else line)
    yield title, _roff(" ".join(words))


def _roff(text: str) -> str:
    """Without roff's escapes: fonts, sizes, special characters."""
    text = re.sub(r"\\f(?:\[\w*\]|\(..|.)|\\s[-+]?\d|\\\*?\[\w+\]|\\\*\(..|\\&|\\[|/,^]", "", text)
    text = re.sub(r"\\\((..)", lambda found: _CHARACTERS.get(found[1], ""), text)
    return " ".join(text.replace("\\-", "-").replace("\\e", "\\").replace('"', "").split())


class _Headings(HTMLParser):
    """Collects the text of headings, and of paragraphs and list items below them."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[tuple[list[str], list[str]]] = []
        self._into: list[str] | None = None

    def passages(self) -> list[Passage]:
        return [Passage(_joined(title), _joined(body)) for title, body in self._found]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if re.fullmatch(r"h[1-5]", tag):
            self._found.append(([], []))
            self._into = self._found[-1][0]
        elif tag in {"p", "li", "dd"} and self._found:
            self._into = self._found[-1][1]

    @override
    def handle_endtag(self, tag: str) -> None:
        if self._into is not None:
            self._into.append(" " if tag in {"p", "li", "dd"} else "")
        if tag in {"p", "li", "dd"} or re.fullmatch(r"h[1-5]", tag):
            self._into = None

    @override
    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into.append(data)


def _joined(parts: list[str]) -> str:
    return " ".join("".join(parts).replace("§", "").replace("Copy item path", "").split())
