"""PDF through pypdf: the text of each page, with its bookmarks as headings."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .....apis.errors import BadRequestError
from ..block import Block, Document, Source
from ..damage import told
from ..outline import Outline

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ("read_pdf",)

log = logging.getLogger(__name__)


def read_pdf(source: Source) -> Document:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of each small departure from the standard
    with told(source.filename, "PDF", PyPdfError):
        reader = PdfReader(source.path)
        _unlock(reader, source)
        pages = list(_pages(reader))
        facts = {"page_count": len(pages), **_facts(reader)}
    if not any(text for text, _ in pages):
        message = f"{source.filename} has {len(pages)} pages and no text: it may be a scan, which needs OCR"
        raise BadRequestError(message, code="invalid_file")
    blocks = (Block(text, headings=headings, unit="page", number=n) for n, (text, headings) in enumerate(pages, 1))
    return Document(blocks, facts)


def _unlock(reader: "PdfReader", source: Source) -> None:
    from pypdf.errors import DependencyError

    if not reader.is_encrypted:
        return
    try:
        opened = reader.decrypt(source.password or "")
    except DependencyError as error:
        raise BadRequestError(f"{source.filename} is encrypted: {error}", code="invalid_file") from error
    if not opened:
        what = "its password is another" if source.password else "give its password as options: {'password': …}"
        raise BadRequestError(f"{source.filename} is encrypted: {what}", param="options", code="invalid_file")


def _pages(reader: "PdfReader") -> Iterator[tuple[str, tuple[str, ...]]]:
    """The text of each page, and the headings that it begins under."""
    bookmarks, outline = _bookmarks(reader), Outline()
    for number, page in enumerate(reader.pages):
        for level, title in bookmarks.get(number, ()):
            outline.enter(level, title)
        yield _clean(page.extract_text()), outline.headings


def _clean(text: str) -> str:
    """Lone surrogates, which broken fonts yield, are no characters."""
    text = text.encode("utf-8", "ignore").decode().replace("\x00", "")
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _bookmarks(reader: "PdfReader") -> dict[int, list[tuple[int, str]]]:
    from pypdf.errors import PyPdfError

    found: dict[int, list[tuple[int, str]]] = {}

    def walk(entries: Any, level: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry, level + 1)
            elif (page := reader.get_destination_page_number(entry)) is not None and entry.title:
                found.setdefault(page, []).append((level, str(entry.title).strip()))

    try:
        walk(reader.outline, 1)
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        log.debug("bookmarks that cannot be read are left out: %s", error)
    return found


def _facts(reader: "PdfReader") -> dict[str, Any]:
    info = reader.metadata
    said = {"title": info.title, "author": info.author} if info else {}
    return {name: str(value) for name, value in said.items() if value}
