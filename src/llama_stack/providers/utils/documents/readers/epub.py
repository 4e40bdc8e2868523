"""EPUB: the chapters of a book, in the order of its spine, each read as HTML."""

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote
from zipfile import ZipFile

from .....apis.errors import BadRequestError
from ..archive import open_archive
from ..block import Block, Document, Source
from ..damage import told
from .html import blocks_of, parser_for

__all__ = ("read_epub",)

_OPF = "{http://www.idpf.org/2007/opf}"
_PROTECTED = "META-INF/encryption.xml"


def read_epub(source: Source) -> Document:
    from lxml.etree import LxmlError

    with told(source.filename, "epub", LxmlError), open_archive(source, dtd=True) as book:
        package = _package_path(book)
        opf = _xml(book.read(package))
        chapters = list(_chapters(opf, posixpath.dirname(package)))
        facts = {name: text for name in ("title", "creator") if (text := opf.findtext(f".//{{*}}{name}"))}
        blocks = [block for number, path in enumerate(chapters, 1) for block in _blocks(book, path, number)]
        if not blocks and _PROTECTED in book.namelist():
            raise BadRequestError(f"{source.filename} is protected against reading (DRM)", code="invalid_file")
        return Document(blocks, {"chapter_count": len(chapters), **facts})


def _package_path(book: ZipFile) -> str:
    root = _xml(book.read("META-INF/container.xml"))
    return str(root.find(".//{*}rootfile").get("full-path"))


def _chapters(opf: Any, folder: str) -> Iterator[str]:
    hrefs = {item.get("id"): item.get("href") for item in opf.iter(f"{_OPF}item")}
    for entry in opf.iter(f"{_OPF}itemref"):
        if href := hrefs.get(entry.get("idref")):
            yield posixpath.normpath(posixpath.join(folder, unquote(href)))


def _blocks(book: ZipFile, path: str, number: int) -> Iterator[Block]:
    from lxml import html

    content = book.read(path) if path in book.namelist() else b""
    if content.strip():
        yield from blocks_of(
            html.document_fromstring(content, parser=parser_for("utf-8")), unit="chapter", number=number
        )


def _xml(content: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
