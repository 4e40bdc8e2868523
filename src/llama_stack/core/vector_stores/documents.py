"""What ingestion needs of the files and the file_processors API, and no more."""

from collections.abc import Sequence
from typing import Protocol

from ...apis.chunks import Chunk, ChunkingStrategy

__all__ = ("Named", "Processed", "Processors", "Uploads")


class Named(Protocol):
    @property
    def filename(self) -> str: ...


class Uploads(Protocol):
    """Where files were handed in."""

    async def get_file(self, file_id: str) -> Named:
        """What is known of a file. Raises `NotFoundError`."""
        ...


class Processed(Protocol):
    @property
    def chunks(self) -> Sequence[Chunk]: ...


class Processors(Protocol):
    """Who makes chunks of files."""

    async def process_file(self, *, file_id: str, chunking_strategy: ChunkingStrategy) -> Processed:
        """The chunks of an uploaded file."""
        ...
