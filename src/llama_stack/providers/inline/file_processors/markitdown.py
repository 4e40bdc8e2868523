"""Documents as markdown, by Microsoft's markitdown."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ....apis.errors import BadRequestError
from ....apis.files import Files
from ....apis.inference import Inference
from ...utils.documents.archive import ARCHIVES, open_archive
from ...utils.documents.block import Document, Source
from ...utils.documents.config import ProcessorConfig
from ...utils.documents.damage import told
from ...utils.documents.formats import sniffed
from ...utils.documents.processor import Processor, Reader
from ...utils.documents.readers.markdown import blocks_of

__all__ = ("MarkItDownFiles",)

_CONVERTED = {*ARCHIVES, "html", "pdf"}  # the others are text already
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


class MarkItDownFiles(Processor):
    """Has Office documents, books, PDF and HTML converted; texts are read as they are."""

    def __init__(self, config: ProcessorConfig, files: Files | None = None, inference: Inference | None = None) -> None:
        super().__init__(config, "inline::markitdown", _reader, files, inference)


@dataclass(frozen=True, slots=True)
class _Converted:
    """A format that markitdown converts."""

    name: str

    def read(self, source: Source) -> Document:
        from markitdown import MarkItDownException, StreamInfo

        if source.password:
            raise BadRequestError(
                "inline::markitdown opens nothing with a password; inline::auto does", param="options"
            )
        if self.name in ARCHIVES:
            with open_archive(source, dtd=self.name == "epub"):
                pass  # it may be unpacked
        with told(source.filename, self.name, MarkItDownException):
            kind = StreamInfo(extension=f".{self.name}", filename=source.filename, charset=source.encoding)
            found = _markitdown().convert_local(source.path, stream_info=kind)
        text = _COMMENT.sub("", found.markdown).replace("\f", "\n\n")
        return Document(blocks_of(text), {"title": found.title} if found.title else {})


def _reader(path: Path, filename: str, media_type: str | None) -> Reader:
    found = sniffed(path, filename, media_type)
    return _Converted(found.name) if found.name in _CONVERTED else found


@cache
def _markitdown() -> Any:
    from markitdown import MarkItDown

    return MarkItDown(enable_plugins=False)
