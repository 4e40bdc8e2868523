"""File processors: from a document to chunks that can be embedded, searched and shown to a model."""

from typing import Annotated, Any, Protocol

from pydantic import BaseModel, Field

from .chunks import Chunk, ChunkingStrategy
from .declare import route
from .transfer import Upload

__all__ = ("FileProcessors", "ProcessedFile")

Options = Annotated[
    dict[str, Any], Field(description="`password` of an encrypted PDF, `encoding` of a text, `media_type` of the file")
]


class ProcessedFile(BaseModel):
    """A document in pieces."""

    chunks: list[Chunk] = Field(description="at least one")
    metadata: dict[str, Any] = Field(description="what the document is, who processed it, how long that took")


class FileProcessors(Protocol):
    """Documents in, chunks out."""

    @route("POST", "/v1alpha/file-processors/process")
    async def process_file(
        self,
        file: Upload | None = None,
        file_id: str | None = None,
        options: Options | None = None,
        chunking_strategy: ChunkingStrategy | None = None,
    ) -> ProcessedFile:
        """Cut a document into chunks: one that is handed in, or an uploaded one by its id.

        Without a strategy the document is one chunk.
        """
        ...
