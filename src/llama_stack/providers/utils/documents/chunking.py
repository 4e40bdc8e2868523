"""From a document's blocks to the chunks that a vector store keeps."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....apis.chunks import (
    AutoChunking,
    Chunk,
    ChunkingStrategy,
    ChunkMetadata,
    ContextualChunking,
    StaticChunking,
)
from .block import Document
from .splitting import Piece, split, whole
from .tokens import TOKENIZER, count_metadata

__all__ = ("Cut", "Origin", "chunks_of", "cut_for")

_NAMESPACE = uuid.UUID("6f0d1f0e-5c0b-5b0e-9a57-2d1f6f3c7d11")


@dataclass(frozen=True, slots=True)
class Origin:
    """What document a chunk is of."""

    document_id: str
    filename: str
    file_id: str | None = None
    created: int | None = None  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Cut:
    """How long chunks may be, and how much they share, in tokens. `size` 0: the document is one chunk."""

    size: int
    overlap: int


def cut_for(strategy: ChunkingStrategy | None, default: Cut) -> Cut:
    match strategy:
        case None:
            return Cut(0, 0)
        case AutoChunking():
            return default
        case StaticChunking(static=said):
            return Cut(said.max_chunk_size_tokens, said.chunk_overlap_tokens)
        case ContextualChunking(contextual=asked):
            return Cut(asked.max_chunk_size_tokens, asked.chunk_overlap_tokens)


def chunks_of(document: Document, cut: Cut, origin: Origin) -> Iterator[Chunk]:
    """The chunks of a document: the same each time it is cut the same way."""
    pieces = split(document.blocks, cut.size, cut.overlap) if cut.size else whole(document.blocks)
    said = {name: document.facts[name] for name in ("title",) if name in document.facts}
    about = {"filename": origin.filename, **({"file_id": origin.file_id} if origin.file_id else {}), **said}
    for piece in pieces:
        yield _chunk(piece, about | piece.metadata, origin)


def _chunk(piece: Piece, metadata: Mapping[str, Any], origin: Origin) -> Chunk:
    window = f"{piece.window[0]}-{piece.window[1]}"
    name = hashlib.sha256(f"{origin.document_id}:{window}:{piece.text}".encode()).hexdigest()
    chunk_id = str(uuid.uuid5(_NAMESPACE, name))
    facts = ChunkMetadata(
        chunk_id=chunk_id,
        document_id=origin.document_id,
        source=origin.filename,
        created_timestamp=origin.created,
        chunk_window=window,
        chunk_tokenizer=TOKENIZER,
        content_token_count=piece.tokens,
        metadata_token_count=count_metadata(metadata),
    )
    return Chunk(content=piece.text, chunk_id=chunk_id, metadata=dict(metadata), chunk_metadata=facts)
