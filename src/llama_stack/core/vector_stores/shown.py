"""Rows and found chunks as callers see them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from pydantic import TypeAdapter

from ...apis.chunks import ChunkingStrategy
from ...apis.vector_io.index import Found, IndexedChunk
from ...apis.vector_io.types import (
    ExpiresAfter,
    FileCounts,
    FileStatus,
    LastError,
    SearchResult,
    TextContent,
    VectorStore,
    VectorStoreFile,
    VectorStoreFileBatch,
    VectorStoreFileContent,
)
from .embedding import unpacked
from .rows import BatchRow, FileRow, StoreRow

__all__ = ("batch_shown", "content_shown", "file_shown", "results_shown", "store_shown")

_STRATEGY: TypeAdapter[ChunkingStrategy] = TypeAdapter(ChunkingStrategy)


def store_shown(store: StoreRow, usage: Sequence[tuple[str, int, int]]) -> VectorStore:
    """A store with what its files add up to: (status, files, bytes) for each status."""
    counts = {status: files for status, files, _ in usage}
    return VectorStore(
        id=store.id,
        created_at=store.created_at,
        name=store.name,
        usage_bytes=sum(size for _, _, size in usage),
        file_counts=FileCounts(**counts, total=sum(counts.values())),
        status=_status(store, counts),
        expires_after=ExpiresAfter(days=store.expires_days) if store.expires_days else None,
        expires_at=store.expires_at,
        last_active_at=store.last_active_at,
        metadata=store.metadata,
        embedding_model=store.embedding_model,
        embedding_dimension=store.dimension,
        metric=store.metric,
        provider_id=store.provider_id,
    )


def _status(store: StoreRow, counts: Mapping[str, int]) -> Literal["expired", "in_progress", "completed"]:
    if store.expired:
        return "expired"
    return "in_progress" if counts.get("in_progress") else "completed"


def file_shown(file: FileRow) -> VectorStoreFile:
    error = LastError(code=file.error_code, message=file.error_message or "") if file.error_code else None
    return VectorStoreFile(
        id=file.file_id,
        usage_bytes=file.usage_bytes,
        created_at=file.created_at,
        vector_store_id=file.store_id,
        status=file.status,
        last_error=error,
        chunking_strategy=_STRATEGY.validate_python(file.chunking),
        attributes=file.attributes,
    )


def batch_shown(batch: BatchRow, counts: Mapping[str, int]) -> VectorStoreFileBatch:
    """A batch is done when none of its files is under way; it failed when all of them did."""
    total = sum(counts.values())
    status: FileStatus = "completed"
    if batch.cancelled:
        status = "cancelled"
    elif counts.get("in_progress"):
        status = "in_progress"
    elif total and counts.get("failed") == total:
        status = "failed"
    return VectorStoreFileBatch(
        id=batch.id,
        created_at=batch.created_at,
        vector_store_id=batch.store_id,
        status=status,
        file_counts=FileCounts(**counts, total=total),
    )


def content_shown(
    chunks: Sequence[IndexedChunk], vectors: bytes, limit: int, dimension: int, *, with_metadata: bool
) -> VectorStoreFileContent:
    """A page of at most `limit` chunks; one more says that there is another page."""
    size = dimension * 4
    kept = chunks[:limit]
    data = [
        _content(chunk, unpacked(vectors[at * size : (at + 1) * size]) if vectors else None, with_metadata)
        for at, chunk in enumerate(kept)
    ]
    more = len(chunks) > limit
    return VectorStoreFileContent(data=data, has_more=more, next_page=str(kept[-1].position) if more else None)


def results_shown(found: Sequence[Found], files: Mapping[str, FileRow]) -> list[SearchResult]:
    """Found chunks with the files they are of; a chunk whose file has just left the store is left out."""
    return [result for each in found if (result := _result(each, files.get(each.chunk.document_id)))]


def _result(found: Found, file: FileRow | None) -> SearchResult | None:
    chunk, payload = found.chunk, _payload(found.chunk)
    if file is None and payload.get("of_file"):
        return None
    return SearchResult(
        file_id=file.file_id if file else str(payload.get("document_id") or chunk.document_id),
        filename=file.filename if file else str(payload.get("source") or ""),
        score=found.score,
        attributes=file.attributes if file else dict(chunk.attributes),
        content=[_content(chunk, None, True)],
    )


def _content(chunk: IndexedChunk, embedding: list[float] | None, with_metadata: bool) -> TextContent:
    payload = _payload(chunk) if with_metadata else {}
    return TextContent(
        text=chunk.text,
        embedding=embedding,
        metadata=payload.get("metadata"),
        chunk_metadata=payload.get("chunk_metadata"),
    )


def _payload(chunk: IndexedChunk) -> dict[str, Any]:
    return msgspec.json.decode(chunk.payload)  # type: ignore[no-any-return]
