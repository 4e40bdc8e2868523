"""Vector stores in Chroma: a collection for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from ....apis.vector_io.filters import Comparison, Compound, matches
from ....apis.vector_io.index import Found, IndexedChunk, Metric, StoreSpec, VectorIndex
from ..vectors.bm25 import Bm25
from ..vectors.contract import check_same, no_store
from ..vectors.filters import fitting
from ..vectors.numbers import packed, rows
from ..vectors.words import asked
from .collections import BATCH, Collection, Collections, records_of
from .nearest import nearest
from .records import as_document, as_metadata, attributes_metadata, chunk_of, holds_any, where

__all__ = ("ChromaIndex",)

_PREFIX = "llamastack_"
_SPACES: dict[Metric, str] = {"cosine": "cosine", "dot": "ip", "l2": "l2"}


class ChromaIndex(VectorIndex):
    """What is common to Chroma on this machine and on a server.

    Filters go to Chroma, but for the order of text, which it does not know. A keyword search has Chroma find all chunks
    that hold one of the words, and ranks them here: it takes longer the more usual the words are.
    """

    collections: Collections

    def __init__(self, provider_id: str) -> None:
        self.provider_id = provider_id

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        name = f"{_PREFIX}{store.store_id}"
        if (found := await self.collections.find(name)) is None:
            metadata = {"llama_stack": 1, "dimension": store.dimension, "metric": store.metric}
            found = await self.collections.create(name, metadata, _SPACES[store.metric])
        check_same(store, _spec(found))

    @override
    async def delete_store(self, store_id: str) -> bool:
        return await self.collections.drop(f"{_PREFIX}{store_id}")

    @override
    async def list_stores(self) -> list[StoreSpec]:
        found: list[Collection] = []
        while page := await self.collections.page(BATCH, len(found)):
            found += page
        return [_spec(each) for each in found if each.name.startswith(_PREFIX) and "llama_stack" in each.metadata]

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        collection = await self._collection(store_id)
        numbers = rows(_spec(collection), vectors, len(chunks))
        newest = {chunk.chunk_id: (chunk, vector) for chunk, vector in zip(chunks, numbers, strict=True)}
        pairs = list(newest.values())
        for start in range(0, len(pairs), BATCH):
            await _put(collection, pairs[start : start + BATCH])

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        collection = await self._collection(store_id)
        if chunk_ids is None:
            wanted: list[str] | None = None if document_id is not None else []
        else:
            wanted = list(dict.fromkeys(chunk_ids))
        those = None if document_id is None else {"document_id": document_id}
        found = [name async for name, _ in records_of(collection, wanted, where=those, include=[])]
        for start in range(0, len(found), BATCH):
            await collection.call("delete", ids=found[start : start + BATCH])
        return len(found)

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        collection = await self._collection(store_id)
        of_it = {"document_id": document_id}
        found = [each async for each in records_of(collection, where=of_it, include=["metadatas"])]
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            changed = [attributes_metadata(attributes, record["metadatas"]) for _, record in batch]
            await collection.call("update", ids=[name for name, _ in batch], metadatas=changed)

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        collection = await self._collection(store_id)
        page = {"$and": [{"document_id": document_id}, {"position": {"$gt": after}}]}
        found = [
            chunk_of(name, record["metadatas"])
            async for name, record in records_of(collection, where=page, include=["metadatas"])
        ]
        chunks = sorted(found, key=lambda chunk: (chunk.position, chunk.chunk_id))[:limit]
        if not with_vectors:
            return chunks, b""
        vectors = await _vectors(collection, [chunk.chunk_id for chunk in chunks])
        return chunks, b"".join(vectors[chunk.chunk_id] for chunk in chunks)

    @override
    async def count(self, store_id: str) -> int:
        return await (await self._collection(store_id)).count()

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        return await _vectors(await self._collection(store_id), chunk_ids)

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        collection = await self._collection(store_id)
        store = _spec(collection)
        [query] = rows(store, vector, 1)

        async def ask(count: int) -> list[Found]:
            return await nearest(collection, store.metric, query, count, where(rule))

        return await fitting(ask, limit, rule)

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        collection = await self._collection(store_id)
        if not (wanted := asked(text)):
            return []
        ranking = Bm25(wanted, await collection.count())
        include = ["documents"] if rule is None else ["documents", "metadatas"]
        holding = records_of(collection, where=where(rule), where_document=holds_any(wanted), include=include)
        async for name, record in holding:
            if rule is None or matches(rule, chunk_of(name, record["metadatas"]).attributes):
                ranking.add(name, record["documents"].split())
        scores = dict(ranking.best(limit))
        best = {name: record async for name, record in records_of(collection, list(scores), include=["metadatas"])}
        return [Found(chunk_of(name, best[name]["metadatas"]), scores[name]) for name in scores if name in best]

    async def _collection(self, store_id: str) -> Collection:
        if (found := await self.collections.find(f"{_PREFIX}{store_id}")) is None:
            raise no_store(self.provider_id, store_id)
        return found


def _spec(collection: Collection) -> StoreSpec:
    held: Mapping[str, Any] = collection.metadata
    return StoreSpec(collection.name.removeprefix(_PREFIX), int(held["dimension"]), held["metric"])


async def _put(collection: Collection, batch: Sequence[tuple[IndexedChunk, tuple[float, ...]]]) -> None:
    names = [chunk.chunk_id for chunk, _ in batch]
    there = {name: record["metadatas"] async for name, record in records_of(collection, names, include=["metadatas"])}
    await collection.call(
        "upsert",
        ids=names,
        embeddings=[list(vector) for _, vector in batch],
        documents=[as_document(chunk.text) for chunk, _ in batch],
        metadatas=[as_metadata(chunk, there.get(chunk.chunk_id) or {}) for chunk, _ in batch],
    )


async def _vectors(collection: Collection, chunk_ids: Sequence[str]) -> dict[str, bytes]:
    found = records_of(collection, list(dict.fromkeys(chunk_ids)), include=["embeddings"])
    return {name: packed(record["embeddings"]) async for name, record in found}
