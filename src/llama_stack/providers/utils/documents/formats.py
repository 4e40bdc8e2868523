"""The formats there are: how each is known, who reads it, what that needs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ....apis.errors import BadRequestError, UnavailableError
from .archive import ARCHIVES, kind_of_archive
from .block import Document, Source
from .languages import LANGUAGES

__all__ = ("EXTRA", "FORMATS", "Format", "sniffed")

EXTRA = "documents"
_READERS = f"{__package__}.readers"


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document."""

    name: str
    reader: str  # "module:function" in `readers`
    extensions: tuple[str, ...]
    media_types: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()  # modules

    def read(self, source: Source) -> Document:
        """The document's blocks. Raises `UnavailableError` with the line to type when a package is missing."""
        missing = [module for module in self.requires if find_spec(module) is None]
        if missing:
            raise UnavailableError(f"{self.name} needs {', '.join(missing)}: pip install 'llama-stack[{EXTRA}]'")
        module, _, name = self.reader.partition(":")
        read: Callable[[Source], Document] = getattr(import_module(f"{_READERS}.{module}"), name)
        return read(source)


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    each.name: each
    for each in (
        Format("text", "text:read_text", ("txt", "text", "log", "rst", "adoc", "org", "tex", "srt", "vtt")),
        Format("markdown", "markdown:read_markdown", ("md", "markdown", "mdx"), ("text/markdown",)),
        Format("html", "html:read_html", ("html", "htm", "xhtml"), ("text/html", "application/xhtml+xml"), ("lxml",)),
        Format("pdf", "pdf:read_pdf", ("pdf",), ("application/pdf",), ("pypdf",)),
        Format("docx", "docx:read_docx", ("docx", "docm"), (f"{_OFFICE}.wordprocessingml.document",), ("docx", "lxml")),
        Format(
            "pptx", "pptx:read_pptx", ("pptx", "pptm"), (f"{_OFFICE}.presentationml.presentation",), ("pptx", "lxml")
        ),
        Format("xlsx", "xlsx:read_xlsx", ("xlsx", "xlsm"), (f"{_OFFICE}.spreadsheetml.sheet",), ("openpyxl", "lxml")),
        Format("epub", "epub:read_epub", ("epub",), ("application/epub+zip",), ("lxml",)),
        Format("csv", "tabular:read_csv", ("csv", "tsv", "tab"), ("text/csv", "text/tab-separated-values")),
        Format("json", "json_:read_json", ("json", "jsonl", "ndjson", "geojson", "ipynb"), ("application/json",)),
        Format("code", "text:read_code", LANGUAGES, ("application/javascript", "application/xml", "text/xml")),
    )
}

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_BINARY = {"pdf", *ARCHIVES}
# What is often handed in, and what may be done about it.
_FOREIGN = {
    _OLE: "a document of an old Office, or an encrypted one: save it as .docx, .xlsx or .pptx without a password",
    b"{\\rtf": "RTF: save it as .docx",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "compressed: unpack it first",
    b"7z\xbc\xaf": "an archive: unpack it first",
    b"Rar!": "an archive: unpack it first",
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"ID3": "sound",
    b"OggS": "sound",
    b"RIFF": "sound, an image or a film",
    b"SQLite format 3": "a database",
}
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)


def sniffed(path: Path, filename: str, media_type: str | None = None) -> Format:
    """A file's format by its first bytes, else by its name, else by what it is said to be, else text."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise BadRequestError(f"{filename} is empty", code="invalid_file")
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise BadRequestError(f"{filename} is {what}", code="unsupported_file")
    if b"%PDF-" in head[:1024]:
        return FORMATS["pdf"]
    if head.startswith(_ZIP):
        return FORMATS[kind_of_archive(path, filename)]
    named = _named(filename, media_type)
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")) and named.name in ("text", "html"):
        return FORMATS["html"]
    if named.name in _BINARY:
        raise BadRequestError(f"{filename} is called {named.name}, but it is none", code="invalid_file")
    return named


def _named(filename: str, media_type: str | None) -> Format:
    ending = filename.rpartition(".")[2].lower()
    kind = (media_type or "").partition(";")[0].strip().lower()
    by_name = next((each for each in FORMATS.values() if ending in each.extensions), None)
    by_kind = next((each for each in FORMATS.values() if kind in each.media_types), None)
    return by_name or by_kind or FORMATS["text"]
