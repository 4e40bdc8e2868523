"""Word documents through python-docx: paragraphs, headings, lists and tables in their order."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..archive import open_archive
from ..block import Block, Document, Kind, Source
from ..damage import told
from ..outline import Outline
from .rows import joined

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.table import Table
    from docx.text.paragraph import Paragraph

__all__ = ("read_docx",)

_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


def read_docx(source: Source) -> Document:
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    with told(source.filename, "docx", OpcError, LxmlError), open_archive(source):
        word = docx.Document(str(source.path))
        facts = {"title": word.core_properties.title, "author": word.core_properties.author}
        return Document(list(_blocks(word)), {name: value for name, value in facts.items() if value})


def _blocks(word: "Word") -> Iterator[Block]:
    from docx.table import Table

    outline, items = Outline(), list[str]()
    for each in word.iter_inner_content():
        if isinstance(each, Table):
            kind, text, level = "table", "\n".join(_rows(each)), 0
        else:
            kind, text, level = _paragraph(each)
        if items and kind != "list":
            yield Block("\n".join(items), "list", outline.headings)
            items.clear()
        if kind == "heading":
            outline.enter(level, text)
        if kind == "list":
            items.append(text)
        elif text:
            yield Block(text, kind, outline.headings)  # type: ignore[arg-type]
    if items:
        yield Block("\n".join(items), "list", outline.headings)


def _paragraph(paragraph: "Paragraph") -> tuple[Kind, str, int]:
    """Kind, text, and the level if it is a heading."""
    text, style = paragraph.text.strip(), (paragraph.style.name or "") if paragraph.style else ""
    if not text:
        return "text", "", 0
    if found := _HEADING.match(style):
        return "heading", text, int(found[1])
    if style == "Title":
        return "heading", text, 0
    properties = paragraph._p.pPr
    is_item = style.startswith("List") or (properties is not None and properties.numPr is not None)
    return ("list", f"- {text}", 0) if is_item else ("text", text, 0)


def _rows(table: "Table") -> Iterator[str]:
    for row in table.rows:
        seen: list[Any] = []  # a merged cell is met once for each column that it spans
        for cell in row.cells:
            if not any(cell._tc is other._tc for other in seen):
                seen.append(cell)
        if line := joined([" ".join(cell.text.split()) for cell in seen]):
            yield line
