"""HTML: the text that a visitor reads, without scripts, styles and navigation."""

import re
from collections.abc import Iterator
from typing import Any

from .....apis.errors import BadRequestError
from ..block import Block, Document, Kind, Source
from ..outline import Outline

__all__ = ("blocks_of", "parser_for", "read_html")

_SKIPPED = {"script", "style", "noscript", "template", "head", "nav", "svg", "iframe", "object", "select", "button"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_WHOLE: dict[str, Kind] = {"p": "text", "pre": "code", "table": "table", "ul": "list", "ol": "list", "dl": "list"}
_INLINE = {
    *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd", "label"),
    *("mark", "q", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
}
_SPACE = re.compile(r"\s+")
_DEEPEST = 200


def read_html(source: Source) -> Document:
    from lxml import etree, html

    content = source.path.read_bytes()
    parser = parser_for(_encoding(content, source))
    try:
        root = html.document_fromstring(content, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise BadRequestError(f"{source.filename} is no HTML: {error}", code="invalid_file") from None
    title = root.findtext(".//title")
    return Document(blocks_of(root), {"title": _flat(title)} if title else {})


def parser_for(encoding: str | None) -> Any:
    """A parser that fetches nothing. Without `huge_tree` it would leave out what is nested more than 256 deep."""
    from lxml import html

    return html.HTMLParser(encoding=encoding, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)


def blocks_of(root: Any, **place: Any) -> Iterator[Block]:
    """The blocks of an lxml tree; `place` goes to each."""
    outline = Outline()
    for kind, text, level in _parts(root, 0):
        if level:
            outline.enter(level, text)
        yield Block(text, kind, outline.headings, **place)


Part = tuple[Kind, str, int]


def _parts(node: Any, depth: int) -> Iterator[Part]:
    """Kind, text and level of what is in a node: what stands in line makes a paragraph, a block stands by itself."""
    line = [node.text or ""]
    for child in node:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag in _INLINE:
            line.append(_inline(child))
        elif tag == "br":
            line.append("\n")
        elif tag and tag not in _SKIPPED:
            yield from _paragraph(line)
            line = []
            yield from _block(child, tag, depth)
        line.append(child.tail or "")
    yield from _paragraph(line)


def _block(node: Any, tag: str, depth: int) -> Iterator[Part]:
    if level := _HEADINGS.get(tag):
        if title := _flat(_inline(node)):
            yield "heading", title, level
    elif tag == "table" and not node.xpath(".//table"):
        yield "table", "\n".join(_rows(node)), 0
    elif tag in ("ul", "ol", "dl") and not node.xpath(".//table | .//pre"):
        yield "list", "\n".join(_items(node, 0)), 0
    elif tag == "pre":
        yield "code", _inline(node).strip("\n"), 0
    elif depth < _DEEPEST:
        yield from _parts(node, depth + 1)
    else:
        yield "text", _flat(_inline(node)), 0


def _paragraph(line: list[str]) -> Iterator[Part]:
    lines = (_flat(part) for part in re.split(r" ?\x00 ?", "".join("\x00" if p == "\n" else p for p in line)))
    if text := "\n".join(filter(None, lines)):
        yield "text", text, 0


def _rows(table: Any) -> Iterator[str]:
    for row in table.iter("tr"):
        cells = [_flat(_inline(cell)) for cell in row if cell.tag in ("td", "th")]
        if any(cells):
            yield " | ".join(cells)


def _items(node: Any, depth: int) -> Iterator[str]:
    for item in node:
        if item.tag in ("li", "dt", "dd"):
            nested = [child for child in item if child.tag in ("ul", "ol", "dl")] if depth < _DEEPEST else []
            text = _flat(_inline(item, leave_out=nested))
            if text:
                yield f"{'  ' * min(depth, 10)}- {text}"
            for child in nested:
                yield from _items(child, depth + 1)


def _inline(node: Any, leave_out: Any = ()) -> str:
    """All text below a node, but what is not for reading."""
    parts, skipped = list[str](), {*leave_out}
    walk = [(node, False)]
    while walk:
        each, is_left = walk.pop()
        if is_left:
            parts.append(each.tail or "")
            continue
        if each is not node:
            walk.append((each, True))
        if isinstance(each.tag, str) and each.tag not in _SKIPPED and each not in skipped:
            parts.append("\n" if each.tag == "br" else " " * (each is not node and each.tag not in _INLINE))
            parts.append(each.text or "")
            walk.extend((child, False) for child in reversed(each))
    return "".join(parts)


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


def _encoding(content: bytes, source: Source) -> str | None:
    """What the caller says, what is UTF-8 beyond doubt; else it is for the page itself to say."""
    if source.encoding:
        return source.encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"
