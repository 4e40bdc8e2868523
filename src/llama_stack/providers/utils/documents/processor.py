"""A provider of the file_processors API: each says by what it has a file read."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ....apis.chunks import Chunk, ChunkingStrategy, ContextualChunking
from ....apis.errors import BadRequestError
from ....apis.file_processors import ProcessedFile
from ....apis.files import Files
from ....apis.inference import Inference
from ....apis.transfer import Upload
from .block import Document, Source
from .chunking import Cut, chunks_of, cut_for
from .config import ProcessorConfig
from .incoming import Incoming, incoming
from .options import Options, options_of
from .situating import Situating

__all__ = ("Find", "Processor", "Reader")


class Reader(Protocol):
    """Who makes blocks of a file."""

    @property
    def name(self) -> str:
        """The format's name."""
        ...

    def read(self, source: Source) -> Document: ...


Find = Callable[[Path, str, str | None], Reader]  # path, filename, media type → who reads it


class Processor:
    """Reads a file, cuts it, and has its chunks situated where the strategy says so."""

    def __init__(
        self, config: ProcessorConfig, name: str, find: Find, files: Files | None, inference: Inference | None
    ) -> None:
        self._config, self._name, self._find = config, name, find
        self._files, self._inference = files, inference

    async def process_file(
        self,
        file: Upload | None = None,
        file_id: str | None = None,
        options: dict[str, Any] | None = None,
        chunking_strategy: ChunkingStrategy | None = None,
    ) -> ProcessedFile:
        began, said = time.perf_counter(), options_of(options)
        situating = None
        if isinstance(chunking_strategy, ContextualChunking):  # what cannot work is said before the work
            situating = Situating.of(chunking_strategy.contextual, self._config, self._inference)
        cut = cut_for(chunking_strategy, self._cut)
        async with incoming(self._files, file, file_id, self._config.max_file_bytes) as found:
            document, chunks = await asyncio.to_thread(self._process, found, said, cut)
        if situating:
            chunks = await situating.all("\n\n".join(block.text for block in document.blocks), chunks)
        milliseconds = round((time.perf_counter() - began) * 1000)
        return ProcessedFile(chunks=chunks, metadata={**document.facts, "processing_time_ms": milliseconds})

    @property
    def _cut(self) -> Cut:
        return Cut(self._config.default_chunk_size_tokens, self._config.default_chunk_overlap_tokens)

    def _process(self, found: Incoming, said: Options, cut: Cut) -> tuple[Document, list[Chunk]]:
        name = found.origin.filename
        reader = self._find(found.path, name, said.media_type or found.media_type)
        source = Source(found.path, name, said.password, said.encoding, self._config.max_unpacked_bytes)
        read = reader.read(source)
        facts = {"processor": self._name, "format": reader.name, **read.facts}
        document = replace(read, blocks=list(read.blocks), facts=facts)
        chunks = list(chunks_of(document, cut, found.origin))
        if not chunks:
            raise BadRequestError(f"{name} has no text in it", code="invalid_file")
        return document, chunks
