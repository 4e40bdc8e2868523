"""PowerPoint through python-pptx: the text of each slide, its tables and its notes."""

from collections.abc import Iterator
from typing import Any

from ..archive import open_archive
from ..block import Block, Document, Source
from ..damage import told
from .rows import joined

__all__ = ("read_pptx",)


def read_pptx(source: Source) -> Document:
    from lxml.etree import LxmlError
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    with told(source.filename, "pptx", PythonPptxError, LxmlError), open_archive(source):
        slides = list(Presentation(str(source.path)).slides)
        blocks = [block for number, slide in enumerate(slides, 1) for block in _blocks(slide, number)]
        return Document(blocks, {"slide_count": len(slides)})


def _blocks(slide: Any, number: int) -> Iterator[Block]:
    title = slide.shapes.title.text_frame.text.strip() if slide.shapes.title is not None else ""
    headings = (" ".join(title.split()),) if title else ()
    for shape in _shapes(slide.shapes):
        if shape.has_text_frame and (text := shape.text_frame.text.replace("\v", "\n").strip()):
            is_title = slide.shapes.title is not None and shape.shape_id == slide.shapes.title.shape_id
            yield Block(text, "heading" if is_title else "text", headings, "slide", number)
        elif getattr(shape, "has_table", False):
            lines = (joined([" ".join(cell.text.split()) for cell in row.cells]) for row in shape.table.rows)
            yield Block("\n".join(filter(None, lines)), "table", headings, "slide", number)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) and (notes := frame.text.strip()):
        yield Block(f"Notes: {notes}", "text", headings, "slide", number)


def _shapes(shapes: Any) -> Iterator[Any]:
    """Those in groups too."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        else:
            yield shape
