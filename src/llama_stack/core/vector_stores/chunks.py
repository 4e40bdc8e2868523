"""The VectorIO API: chunks in and out of stores, without files."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from ...apis.chunks import ChunkMetadata, EmbeddedChunk
from ...apis.errors import BadRequestError
from ...apis.vector_io.index import Found, IndexedChunk, VectorIndex
from ...apis.vector_io.types import RankingOptions
from ...apis.vector_io.vector_io import InsertChunk, InsertChunks, QueryChunks, QueryParams, QueryResult
from .embedding import Embedder, packed, unpacked
from .indexes import Indexes
from .rows import StoreRow
from .search import Search, Wanted, refuse_expired
from .store_table import StoreTable

__all__ = ("VectorIOService",)


class VectorIOService:
    """Chunks that a caller made. They live beside those of files, and are found by the same searches."""

    def __init__(self, stores: StoreTable, indexes: Indexes, embedder: Embedder, search: Search) -> None:
        self._stores = stores
        self._indexes = indexes
        self._embedder = embedder
        self._search = search

    async def insert_chunks(self, request: InsertChunks) -> None:
        store = await self._stores.get(request.vector_store_id)
        refuse_expired(store)
        chunks = [_indexed(each, position) for position, each in enumerate(request.chunks)]
        names = [chunk.chunk_id for chunk in chunks]
        if len(set(names)) < len(names):
            raise BadRequestError("chunks: two of them have the same id", param="chunks")
        vectors = await self._vectors(store, request.chunks, chunks)
        # The expiry first: a crash in between leaves the expiry of a chunk that is not there, which is harmless.
        await self._stores.set_expiry(store.id, names, request.ttl_seconds)
        index = self._indexes[store.provider_id]
        await index.upsert(store.index_id, chunks, vectors)
        if request.replace_documents:
            await self._forget_others(index, store, chunks)

    async def _forget_others(self, index: VectorIndex, store: StoreRow, kept: Sequence[IndexedChunk]) -> None:
        """What documents had before, and have no more."""
        names = {chunk.chunk_id for chunk in kept}
        for document_id in {chunk.document_id for chunk in kept}:
            there = await _all_of(index, store.index_id, document_id)
            if old := [name for name in there if name not in names]:
                await index.delete_chunks(store.index_id, chunk_ids=old)

    async def query_chunks(self, request: QueryChunks) -> QueryResult:
        store = await self._stores.get(request.vector_store_id)
        params = request.params or QueryParams()
        wanted = Wanted([_text(request.query, "query")], params.max_chunks, params.mode, None, _ranking(params))
        found = [each for each in await self._search(store, wanted) if each.score >= params.score_threshold]
        index = self._indexes[store.provider_id]
        vectors = await index.vectors_of(store.index_id, [each.chunk.chunk_id for each in found])
        chunks = [_shown(each, vectors.get(each.chunk.chunk_id, b""), store) for each in found]
        return QueryResult(chunks=chunks, scores=[each.score for each in found])

    async def _vectors(self, store: StoreRow, given: Sequence[InsertChunk], chunks: Sequence[IndexedChunk]) -> bytes:
        """The vectors that came along, and the model's of all other chunks."""
        for at, chunk in enumerate(given):
            if chunk.embedding is not None and len(chunk.embedding) != store.dimension:
                message = f"chunks[{at}].embedding has {len(chunk.embedding)} numbers; those of the store"
                raise BadRequestError(f"{message} {store.id!r} have {store.dimension}", param=f"chunks[{at}].embedding")
        bare = [at for at, chunk in enumerate(given) if chunk.embedding is None]
        made = await self._embedder.vectors(store.embedding_model, [chunks[at].text for at in bare]) if bare else b""
        size = len(made) // len(bare) if bare else 0
        own = {at: made[place * size : (place + 1) * size] for place, at in enumerate(bare)}
        return b"".join(own[at] if at in own else packed(chunk.embedding or []) for at, chunk in enumerate(given))


async def _all_of(index: VectorIndex, index_id: str, document_id: str) -> list[str]:
    """The ids of a document's chunks. Several may have one place, and a page ends at a place."""
    found: dict[str, None] = {}
    after = -1
    while True:
        page, _ = await index.chunks_of(index_id, document_id, after=after, limit=1000)
        if not page:
            return list(found)
        found |= {chunk.chunk_id: None for chunk in page}
        after = page[-1].position


def _indexed(chunk: InsertChunk, position: int) -> IndexedChunk:
    text = _text(chunk.content, f"chunks[{position}].content")
    metadata = chunk.chunk_metadata or ChunkMetadata()
    document = str(metadata.document_id or chunk.metadata.get("document_id") or "")
    # Documents of callers and of files have different names, so that neither is ever taken for the other.
    given = chunk.chunk_id or chunk.stored_chunk_id or metadata.chunk_id
    name = given or hashlib.sha256(f"{document}\0{text}".encode()).hexdigest()[:32]
    payload = {
        "document_id": document,
        "source": metadata.source,
        "metadata": chunk.metadata,
        "chunk_metadata": metadata.model_dump(exclude_none=True),
    }
    return IndexedChunk(
        name, f"doc:{document}", position, text, _attributes(chunk.metadata), msgspec.json.encode(payload)
    )


def _attributes(metadata: dict[str, Any]) -> dict[str, str | bool | float]:
    """What filters can look at: texts, numbers and booleans."""
    return {key: value for key, value in metadata.items() if isinstance(value, str | bool | int | float)}


def _text(content: Any, param: str) -> str:
    """A text, or the texts of content items. Raises `BadRequestError` for anything else."""
    if isinstance(content, str):
        return content
    items = content if isinstance(content, list) else [content]
    texts = [item.get("text") if isinstance(item, dict) and item.get("type") == "text" else item for item in items]
    plain = [text for text in texts if isinstance(text, str)]
    if not plain or len(plain) < len(texts):
        raise BadRequestError(f"{param}: a text is required, or content items of type text", param=param)
    return "\n".join(plain)


def _ranking(params: QueryParams) -> RankingOptions:
    if (ranker := params.ranker) is None:
        return RankingOptions()
    return RankingOptions(ranker=ranker.type, impact_factor=ranker.impact_factor, alpha=ranker.alpha)


def _shown(found: Found, vector: bytes, store: StoreRow) -> EmbeddedChunk:
    payload: dict[str, Any] = msgspec.json.decode(found.chunk.payload)
    return EmbeddedChunk(
        content=found.chunk.text,
        chunk_id=found.chunk.chunk_id,
        metadata=payload.get("metadata") or {},
        chunk_metadata=ChunkMetadata(**{"chunk_id": found.chunk.chunk_id, **(payload.get("chunk_metadata") or {})}),
        embedding=unpacked(vector),
        embedding_model=store.embedding_model,
        embedding_dimension=store.dimension,
    )
