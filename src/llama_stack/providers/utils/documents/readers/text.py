"""Plain text and source code: bytes become characters, nothing else changes."""

import codecs
import re

from .....apis.errors import BadRequestError
from ..block import Block, Document, Source

__all__ = ("decoded", "read_code", "read_text", "text_of")

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LINE_END = re.compile(r"[ \t]*\r?\n|\r(?!\n)")
_BLANK_LINES = re.compile(r"\n{3,}")


def read_text(source: Source) -> Document:
    text, encoding = text_of(source)
    return Document([Block(_BLANK_LINES.sub("\n\n", text))], {"encoding": encoding})


def read_code(source: Source) -> Document:
    text, encoding = text_of(source)
    return Document([Block(text, "code")], {"encoding": encoding})


def text_of(source: Source) -> tuple[str, str]:
    """The characters of a file, its lines ended by `\\n`, and how they were encoded."""
    text, encoding = decoded(source.path.read_bytes(), source.encoding, source.filename)
    return _LINE_END.sub("\n", text), encoding


def decoded(content: bytes, encoding: str | None, name: str) -> tuple[str, str]:
    """As `encoding` says, else as its byte order mark says, else UTF-8, else what old Windows programs wrote."""
    if encoding:
        return _as_told(content, encoding), encoding
    if marked := next((how for mark, how in _MARKS.items() if content.startswith(mark)), None):
        return content.decode(marked, "replace"), marked
    if unmarked := _unmarked(content[:4096]):
        return content.decode(unmarked, "replace"), unmarked
    try:
        text, how = content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, how = content.decode("cp1252", "replace"), "cp1252"
    junk = len(_BINARY.findall(text[:65_536]))
    if junk > min(len(text), 65_536) // 1000:
        raise BadRequestError(f"{name} is not text: it has bytes in it that no text has", code="invalid_file")
    return text, how


def _unmarked(head: bytes) -> str | None:
    """UTF-16 without its mark, where every other byte is 0 as in Western text."""
    first, second, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if second > half * 0.6 and first < half * 0.02:
        return "utf-16-le"
    return "utf-16-be" if first > half * 0.6 and second < half * 0.02 else None


def _as_told(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except LookupError:
        raise BadRequestError(f"there is no encoding {encoding!r}", param="options", code="invalid_file") from None
    except UnicodeDecodeError as error:
        raise BadRequestError(f"the file is not {encoding}: {error}", param="options", code="invalid_file") from None
