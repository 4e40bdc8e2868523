"""Vector stores in Milvus: a collection for each, through Milvus's own client."""

import asyncio
import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from typing_extensions import override

from ....apis.errors import StackError, UpstreamError
from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import Found, IndexedChunk, Metric, StoreSpec, VectorIndex
from ..vectors.contract import check_same, no_store
from ..vectors.filters import digest, fitting
from ..vectors.numbers import packed, rows
from .records import PIECE, PIECES, chunk_of, entity, expression, words_of

__all__ = ("MilvusIndex",)

T = TypeVar("T")
_PREFIX = "llamastack_"
_BATCH = 500  # entities of a call
_MOST = 16_384  # entities of an answer
_METRICS: dict[Metric, str] = {"cosine": "COSINE", "dot": "IP", "l2": "L2"}
_BY_NAME = {name: metric for metric, name in _METRICS.items()}
_CHUNK = ["position", "record"]
_NOT_LOADED = 101  # Milvus's error code


class MilvusIndex(VectorIndex):
    """What is common to Milvus on this machine and on a server. The client blocks, and so it runs in threads."""

    def __init__(self, provider_id: str, place: str, consistency: str) -> None:
        self.provider_id, self.place, self.consistency = provider_id, place, consistency
        self._client: Any = None  # pymilvus has no types
        self._opening = asyncio.Lock()

    @abstractmethod
    def connect(self) -> Any:
        """Make the client, in a thread. Raises `UnavailableError` when it is not known where Milvus is."""

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        name = _PREFIX + store.store_id

        def make(client: Any) -> None:
            if not client.has_collection(name):
                schema, indexes = _schema(client, store)
                client.create_collection(name, schema=schema, consistency_level=self.consistency)
                client.create_index(name, indexes, sync=False)  # else the client looks twice a second if it is done
                client.load_collection(name)

        await self._run(make)
        check_same(store, await self._store(store.store_id))

    @override
    async def delete_store(self, store_id: str) -> bool:
        name = _PREFIX + store_id

        def drop(client: Any) -> bool:
            there = bool(client.has_collection(name))
            if there:
                client.drop_collection(name)
            return there

        return await self._run(drop)

    @override
    async def list_stores(self) -> list[StoreSpec]:
        def read(client: Any) -> list[StoreSpec]:
            names = [name for name in client.list_collections() if name.startswith(_PREFIX)]
            return [found for name in names if (found := _spec(client, name))]

        return await self._run(read)

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        numbers = rows(await self._store(store_id), vectors, len(chunks))
        newest = {chunk.chunk_id: entity(chunk, vector) for chunk, vector in zip(chunks, numbers, strict=True)}
        for batch in _batches(list(newest.values())):
            await self._call(store_id, "upsert", data=batch)

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        await self._store(store_id)
        of_it = [] if document_id is None else [f'document == "{digest(document_id)}"']
        if chunk_ids is None:
            return await self._delete(store_id, of_it[0]) if of_it else 0
        named = [digest(name) for name in dict.fromkeys(chunk_ids)]
        counts = [await self._delete(store_id, " and ".join([*of_it, f"id in {_list(b)}"])) for b in _batches(named)]
        return sum(counts)

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        """Milvus replaces whole entities: those of the document are read, changed and put back."""
        after = -1
        while page := await self._page(store_id, document_id, after, _BATCH, [*_CHUNK, "vector"]):
            changed = [_with_attributes(each, attributes) for each in page]
            await self._call(store_id, "upsert", data=changed)
            after = int(page[-1]["position"])

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        fields = [*_CHUNK, "vector"] if with_vectors else _CHUNK
        page = await self._page(store_id, document_id, after, limit, fields)
        return [chunk_of(each) for each in page], b"".join(packed(each["vector"]) for each in page if with_vectors)

    @override
    async def count(self, store_id: str) -> int:
        await self._store(store_id)
        return await self._counted(store_id, "")

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        await self._store(store_id)
        by_digest = {digest(name): name for name in chunk_ids}
        found: list[Any] = []
        for batch in _batches(list(by_digest)):
            found += await self._call(store_id, "query", filter=f"id in {_list(batch)}", output_fields=["id", "vector"])
        return {by_digest[each["id"]]: packed(each["vector"]) for each in found}

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        store = await self._store(store_id)
        query = list(rows(store, vector, 1)[0])
        return await self._search(
            store_id, query, "vector", limit, rule, lambda score: _similarity(score, store.metric)
        )

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        await self._store(store_id)
        query = words_of(text)
        return await self._search(store_id, query, "words", limit, rule, abs) if query else []  # Lite's are negative

    async def _search(
        self,
        store_id: str,
        query: Any,
        field: str,
        limit: int,
        rule: Comparison | Compound | None,
        score: Callable[[float], float],
    ) -> list[Found]:
        given = {"data": [query], "anns_field": field, "filter": expression(rule), "output_fields": _CHUNK}

        async def ask(count: int) -> list[Found]:
            (found,) = await self._call(store_id, "search", **given, limit=min(count, _MOST))
            return [Found(chunk_of(each["entity"]), score(each["distance"])) for each in found]

        return await fitting(ask, limit, rule)

    # ---- Milvus

    async def _store(self, store_id: str) -> StoreSpec:
        """Raises `NotFoundError` when there is none."""
        if (found := await self._run(lambda client: _spec(client, _PREFIX + store_id))) is None:
            raise no_store(self.provider_id, store_id)
        return found

    async def _page(self, store_id: str, document_id: str, after: int, limit: int, fields: list[str]) -> list[Any]:
        """A document's entities behind a position, in their order. Milvus has no order: it is asked for a range of
        positions, which grows until enough are in it or none are behind it."""
        await self._store(store_id)
        of_it, width = f'document == "{digest(document_id)}"', limit
        while True:
            within = f"{of_it} and position > {after} and position <= {after + width}"
            found = await self._call(store_id, "query", filter=within, output_fields=fields, limit=_MOST)
            if len(found) >= limit or not await self._counted(store_id, f"{of_it} and position > {after + width}"):
                return sorted(found, key=lambda each: int(each["position"]))[:limit]
            width *= 16

    async def _counted(self, store_id: str, condition: str) -> int:
        found = await self._call(store_id, "query", filter=condition, output_fields=["count(*)"])
        return int(found[0]["count(*)"])

    async def _delete(self, store_id: str, condition: str) -> int:
        if count := await self._counted(store_id, condition):
            await self._call(store_id, "delete", filter=condition)
        return count

    async def _call(self, store_id: str, verb: str, **arguments: Any) -> Any:
        return await self._run(lambda client: _loaded(client, _PREFIX + store_id, verb, arguments))

    async def _run(self, work: Callable[[Any], T]) -> T:
        """Run it with the client, which is made at the first call. Raises `UpstreamError` for what Milvus refuses."""
        try:
            async with self._opening:
                if self._client is None:
                    self._client = await asyncio.to_thread(self.connect)
            return await asyncio.to_thread(work, self._client)
        except StackError:
            raise
        except Exception as error:
            if type(error).__module__ not in ("pymilvus.exceptions", "grpc._channel"):
                raise
            message = f"{self.provider_id} at {self.place}: {getattr(error, 'message', None) or error}"
            raise UpstreamError(message, provider_id=self.provider_id) from error

    async def aclose(self) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
            self._client = None


def _loaded(client: Any, name: str, verb: str, arguments: Mapping[str, Any]) -> Any:
    """Call it; a collection that is not in memory (Milvus Lite was restarted, somebody released it) is loaded first."""
    from pymilvus.exceptions import MilvusException

    try:
        return getattr(client, verb)(name, **arguments)
    except MilvusException as error:
        if error.code != _NOT_LOADED:
            raise
    client.load_collection(name)
    return getattr(client, verb)(name, **arguments)


def _schema(client: Any, store: StoreSpec) -> tuple[Any, Any]:
    from pymilvus import DataType, Function, FunctionType

    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=32)
    schema.add_field("document", DataType.VARCHAR, max_length=32)
    schema.add_field("position", DataType.INT64)
    text = {"element_type": DataType.VARCHAR, "max_capacity": PIECES}
    schema.add_field("record", DataType.ARRAY, **text, max_length=PIECE)
    schema.add_field("facts", DataType.ARRAY, **text, max_length=32)
    schema.add_field("ordered", DataType.JSON)
    schema.add_field("held", DataType.VARCHAR, max_length=65_535, enable_analyzer=True)
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=store.dimension)
    ranking = {"input_field_names": ["held"], "output_field_names": ["words"], "function_type": FunctionType.BM25}
    schema.add_function(Function(name="bm25", **ranking))
    indexes = client.prepare_index_params()
    indexes.add_index("vector", index_type="AUTOINDEX", metric_type=_METRICS[store.metric])
    indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    return schema, indexes


def _spec(client: Any, name: str) -> StoreSpec | None:
    if not client.has_collection(name):
        return None
    fields = {field["name"]: field for field in client.describe_collection(name)["fields"]}
    metric = client.describe_index(name, "vector")["metric_type"]
    return StoreSpec(name.removeprefix(_PREFIX), int(fields["vector"]["params"]["dim"]), _BY_NAME[metric])


def _with_attributes(found: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Any]:
    chunk = chunk_of(found)
    changed = IndexedChunk(chunk.chunk_id, chunk.document_id, chunk.position, chunk.text, attributes, chunk.payload)
    return entity(changed, found["vector"])


def _similarity(score: float, metric: Metric) -> float:
    if metric == "l2":
        return -math.sqrt(max(score, 0.0))  # Milvus's is squared
    return 0.0 if math.isnan(score) else score


def _batches(values: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _list(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
