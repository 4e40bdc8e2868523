"""Vector stores in Qdrant: a collection for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import Found, IndexedChunk, Metric, StoreSpec, VectorIndex
from ..vectors.contract import check_same, no_store
from ..vectors.filters import fitting
from ..vectors.numbers import packed, rows
from .points import Qdrant
from .records import (
    as_filter,
    as_point,
    attributes_payload,
    chunk_of,
    fields_of,
    id_of,
    vector_of,
    words_of,
)

__all__ = ("QdrantIndex",)

_BATCH = 100  # points of a call; a server takes 32 MB
_DISTANCES: dict[Metric, str] = {"cosine": "Cosine", "dot": "Dot", "l2": "Euclid"}
_METRICS = {distance: metric for metric, distance in _DISTANCES.items()}


class QdrantIndex(VectorIndex):
    """What is common to Qdrant on this machine and on a server."""

    qdrant: Qdrant

    def __init__(self, provider_id: str, prefix: str) -> None:
        self.provider_id, self.prefix = provider_id, prefix
        self._indexed: set[tuple[str, str]] = set()  # fields that were asked to be indexed: asking again does no harm

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        name = self.prefix + store.store_id
        if await self.qdrant.find(name) is None:
            dense = {"size": store.dimension, "distance": _DISTANCES[store.metric]}
            parameters = {"vectors": {"dense": dense}, "sparse_vectors": {"words": {"modifier": "idf"}}}
            await self.qdrant.create(name, parameters)
            await self.qdrant.index(name, "document_id", "keyword")
            await self.qdrant.index(name, "position", "integer")
        check_same(store, await self._store(store.store_id))

    @override
    async def delete_store(self, store_id: str) -> bool:
        self._indexed = {each for each in self._indexed if each[0] != store_id}
        return await self.qdrant.drop(self.prefix + store_id)

    @override
    async def list_stores(self) -> list[StoreSpec]:
        names = [name for name in await self.qdrant.names() if name.startswith(self.prefix)]
        found = [(name, await self.qdrant.find(name)) for name in names]
        return [_spec(name.removeprefix(self.prefix), parameters) for name, parameters in found if parameters]

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        store = await self._store(store_id)
        numbers = rows(store, vectors, len(chunks))
        newest = {chunk.chunk_id: as_point(chunk, vector) for chunk, vector in zip(chunks, numbers, strict=True)}
        for chunk in chunks:
            await self._index(store_id, chunk.attributes)
        points = list(newest.values())
        for start in range(0, len(points), _BATCH):
            await self._call(store_id, "upsert", points=points[start : start + _BATCH])

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        await self._store(store_id)
        those: list[dict[str, Any]] = [] if document_id is None else [_of(document_id)]
        if chunk_ids is not None:
            those.append({"has_id": [id_of(name) for name in chunk_ids]})
        if not those or chunk_ids == []:
            return 0
        count = await self._call(store_id, "count", filter={"must": those}, exact=True)
        await self._call(store_id, "delete", filter={"must": those})
        return int(count["count"])

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        await self._store(store_id)
        await self._index(store_id, attributes)
        changed = attributes_payload(attributes)
        await self._call(store_id, "payload", payload=changed, filter={"must": [_of(document_id)]})

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        await self._store(store_id)
        answer = await self._call(
            store_id,
            "scroll",
            filter={"must": [_of(document_id), {"key": "position", "range": {"gt": after}}]},
            order_by={"key": "position"},
            limit=limit,
            with_payload=True,
            with_vector=["dense"] if with_vectors else False,
        )
        points = answer["points"]
        vectors = b"".join(packed(vector_of(point)) for point in points if with_vectors)
        return [chunk_of(point["payload"]) for point in points], vectors

    @override
    async def count(self, store_id: str) -> int:
        await self._store(store_id)
        return int((await self._call(store_id, "count", exact=True))["count"])

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        await self._store(store_id)
        ids, kept = [id_of(name) for name in dict.fromkeys(chunk_ids)], ["chunk_id", "length"]
        points = await self._call(store_id, "retrieve", ids=ids, with_payload=kept, with_vector=["dense"])
        return {point["payload"]["chunk_id"]: packed(vector_of(point)) for point in points}

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        store = await self._store(store_id)
        query = list(rows(store, vector, 1)[0])
        return await self._search(store, query, "dense", limit, rule)

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        store = await self._store(store_id)
        query = words_of(text)
        return [] if query is None else await self._search(store, query, "words", limit, rule)

    async def _search(
        self, store: StoreSpec, query: Any, using: str, limit: int, rule: Comparison | Compound | None
    ) -> list[Found]:
        sign = -1.0 if using == "dense" and store.metric == "l2" else 1.0
        given = {"query": query, "using": using, "filter": as_filter(rule), "with_payload": True}

        async def ask(count: int) -> list[Found]:
            points = (await self._call(store.store_id, "query", **given, limit=count))["points"]
            return [Found(chunk_of(point["payload"]), sign * point["score"]) for point in points]

        return await fitting(ask, limit, rule)

    # ---- Qdrant

    async def _store(self, store_id: str) -> StoreSpec:
        """Raises `NotFoundError` when there is none."""
        if (parameters := await self.qdrant.find(self.prefix + store_id)) is None:
            raise no_store(self.provider_id, store_id)
        return _spec(store_id, parameters)

    async def _call(self, store_id: str, verb: str, **body: Any) -> Any:
        given = {name: value for name, value in body.items() if value is not None}
        return await self.qdrant.call(self.prefix + store_id, verb, given)

    async def _index(self, store_id: str, attributes: Mapping[str, Any]) -> None:
        """Have the fields that filters look at indexed, so that the search of the graph can follow them."""
        for field, kind in fields_of(attributes).items():
            if (store_id, field) not in self._indexed:
                await self.qdrant.index(self.prefix + store_id, field, kind)
                self._indexed.add((store_id, field))


def _spec(store_id: str, parameters: Mapping[str, Any]) -> StoreSpec:
    dense = parameters["vectors"]["dense"]
    return StoreSpec(store_id, int(dense["size"]), _METRICS[dense["distance"]])


def _of(document_id: str) -> dict[str, Any]:
    return {"key": "document_id", "match": {"value": document_id}}
