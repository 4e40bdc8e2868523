"""Documents that are ZIP archives: which they are, and whether they may be unpacked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from ....apis.errors import BadRequestError
from .block import Source

__all__ = ("ARCHIVES", "kind_of_archive", "open_archive")

_KINDS = {
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "xl/workbook.xml": "xlsx",
    "META-INF/container.xml": "epub",
}
ARCHIVES = frozenset(_KINDS.values())
_MOST_PARTS = 20_000
_PIECE = 1 << 20
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def kind_of_archive(path: Path, filename: str) -> str:
    """The name of the format. Raises `BadRequestError` for an archive that is no document."""
    with _opened(path, filename) as archive:
        names = set(archive.namelist())
    if kind := next((kind for part, kind in _KINDS.items() if part in names), None):
        return kind
    if "content.xml" in names or "mimetype" in names:
        what = "a document of LibreOffice: save it as .docx, .xlsx or .pptx"
    elif "xl/workbook.bin" in names:
        what = "a binary workbook: save it as .xlsx"
    else:
        what = "an archive: unpack it first"
    raise BadRequestError(f"{filename} is {what}", code="unsupported_file")


@contextmanager
def open_archive(source: Source, *, dtd: bool = False) -> Iterator[ZipFile]:
    """The archive of a document that unpacks to no more than it may.

    An archive can unpack to no more than its directory says, so that is what is looked at. Office documents have no
    document type definitions; one that does hides an attack by entities in it, and is refused unless `dtd`.
    """
    with _opened(source.path, source.filename) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        if size > source.max_unpacked_bytes or len(parts) > _MOST_PARTS:
            message = f"{source.filename} unpacks to {size:,} bytes in {len(parts):,} parts, which is more than may be"
            raise BadRequestError(message, code="invalid_file")
        if any(part.flag_bits & 1 for part in parts):
            raise BadRequestError(f"{source.filename} is encrypted", code="invalid_file")
        if not dtd:
            _refuse_dtd(archive, source.filename)
        yield archive


def _refuse_dtd(archive: ZipFile, filename: str) -> None:
    for part in archive.infolist():
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            with archive.open(part) as file:
                before = b""
                while piece := file.read(_PIECE):
                    if _DTD.search((before + piece).replace(b"\0", b"")):  # it may be UTF-16
                        message = f"{filename} defines entities in {part.filename}, which no Office document does"
                        raise BadRequestError(message, code="invalid_file")
                    before = piece[-32:]


@contextmanager
def _opened(path: Path, filename: str) -> Iterator[ZipFile]:
    try:
        with ZipFile(path) as archive:
            yield archive
    except (BadZipFile, EOFError, NotImplementedError, OSError) as error:
        raise BadRequestError(f"{filename} is damaged: {error}", code="invalid_file") from error
