"""Markdown: blocks at blank lines, headings by their marks; code fences stay whole, front matter becomes facts."""

import re
from collections.abc import Iterator

from ..block import Block, Document, Kind, Source
from ..outline import Outline
from .text import text_of

__all__ = ("blocks_of", "read_markdown")

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.+?)(?:\s+#+)?\s*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LIST = re.compile(r" {0,3}(?:[-*+]|\d+[.)])\s")
_FRONT_MATTER = re.compile(r"\A---\n(.*?\n)(?:---|\.\.\.)\n", re.DOTALL)
_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def read_markdown(source: Source) -> Document:
    text, encoding = text_of(source)
    facts = {"encoding": encoding}
    if (front := _FRONT_MATTER.match(text)) and (title := _TITLE.search(front[1])):
        facts["title"] = title[1]
    return Document(blocks_of(text), facts)


def blocks_of(text: str) -> Iterator[Block]:
    """Each block with the headings that it stands under."""
    outline = Outline()
    for lines in _grouped(text.split("\n")):
        if heading := _heading(lines):
            outline.enter(*heading)
            yield Block("\n".join(lines), "heading", outline.headings)
        else:
            yield Block("\n".join(lines), _kind(lines), outline.headings)


def _grouped(lines: list[str]) -> Iterator[list[str]]:
    """Lines that belong together."""
    group, fence = list[str](), ""
    for line in lines:
        if fence:
            group.append(line)
            fence = "" if line.strip().startswith(fence) and not line.strip().strip(fence[0]) else fence
        elif opened := _FENCE.match(line):
            group.append(line)
            fence = opened[1]
        elif _HEADING.match(line):
            yield from filter(None, (group, [line]))
            group = []
        elif line.strip():
            group.append(line)
            if len(group) == 2 and _is_underlined(group):
                yield group
                group = []
        elif group:
            yield group
            group = []
    if group:
        yield group


def _is_underlined(lines: list[str]) -> bool:
    first_is_text = not (
        _LIST.match(lines[0]) or _FENCE.match(lines[0]) or "|" in lines[0] or _UNDERLINE.match(lines[0])
    )
    return first_is_text and _UNDERLINE.match(lines[1]) is not None


def _heading(lines: list[str]) -> tuple[int, str] | None:
    if len(lines) == 1 and (found := _HEADING.match(lines[0])):
        return len(found[1]), found[2]
    if len(lines) == 2 and _is_underlined(lines):
        return 1 if "=" in lines[1] else 2, lines[0].strip()
    return None


def _kind(lines: list[str]) -> Kind:
    if _FENCE.match(lines[0]):
        return "code"
    if lines[0].lstrip().startswith("|"):
        return "table"
    return "list" if _LIST.match(lines[0]) else "text"
