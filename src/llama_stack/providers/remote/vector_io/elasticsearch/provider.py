"""Vector stores in Elasticsearch, by its REST API."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import msgspec
from pydantic import Field, SecretStr, field_validator
from typing_extensions import override

from .....apis.errors import BadRequestError, UpstreamError
from .....apis.providers import Health
from .....apis.vector_io.filters import Comparison, Compound
from .....apis.vector_io.index import Found, IndexedChunk, StoreSpec, VectorIndex
from ....config import NetworkConfig
from ....utils.rest import Rest
from ....utils.vectors.contract import VectorConfig, check_same, no_store
from ....utils.vectors.filters import digest, fitting
from ....utils.vectors.numbers import rows
from ....utils.vectors.words import asked
from .documents import as_attributes, as_query, chunk_of, document, indexed, mappings, similarity, vector_of

__all__ = ("Elasticsearch", "ElasticsearchConfig")

_PREFIX = "llamastack_"
_BATCH = 200  # documents of a call
_MOST = 10_000  # documents of an answer
_LONGEST = 4096  # dimensions of a dense_vector
_NOT_HANDED_BACK = ["vector", "words", "facts", "n", "s"]


class ElasticsearchConfig(VectorConfig):
    elasticsearch_url: str | None = Field(default=None, description="http://host:9200")
    elasticsearch_api_key: SecretStr | None = Field(default=None, description="as Elasticsearch encodes it")
    network: NetworkConfig = NetworkConfig()

    @field_validator("elasticsearch_url")
    @classmethod
    def _has_a_scheme(cls, url: str | None) -> str | None:
        return f"http://{url}" if url and "://" not in url else url


class Elasticsearch(VectorIndex):
    """Vector stores in Elasticsearch (8.11 or newer), an index for each, which several servers may share."""

    def __init__(self, config: ElasticsearchConfig, provider_id: str) -> None:
        self.provider_id = provider_id
        key = config.elasticsearch_api_key
        headers = {"authorization": f"ApiKey {key.get_secret_value()}"} if key else {}
        missing = "set ELASTICSEARCH_URL, or elasticsearch_url in its config"
        self.rest = Rest(provider_id, config.elasticsearch_url, config.network, headers, missing=missing)

    async def __aenter__(self) -> Self:
        await self.rest.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.rest.__aexit__(*exc)

    async def health(self) -> Health:
        return await self.rest.health("/")

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        if store.dimension > _LONGEST:
            message = (
                f"Elasticsearch takes vectors of up to {_LONGEST} dimensions, and this store has {store.dimension}"
            )
            raise BadRequestError(message, param="dimension")
        try:
            await self.rest.call("PUT", _path(store.store_id), {"mappings": mappings(store)})
        except UpstreamError as error:
            if error.error.get("type") != "resource_already_exists_exception":
                raise
        check_same(store, await self._store(store.store_id))

    @override
    async def delete_store(self, store_id: str) -> bool:
        return await self.rest.find("DELETE", _path(store_id)) is not None

    @override
    async def list_stores(self) -> list[StoreSpec]:
        found = await self.rest.call("GET", f"/{_PREFIX}*/_mapping")
        return [spec for name, held in found.items() if (spec := _spec(name.removeprefix(_PREFIX), held))]

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        store = await self._store(store_id)
        numbers = rows(store, vectors, len(chunks))
        lines = [
            msgspec.json.encode({"index": {"_id": digest(chunk.chunk_id)}})
            + b"\n"
            + msgspec.json.encode(document(chunk, vector, store.metric))
            + b"\n"
            for chunk, vector in zip(chunks, numbers, strict=True)
        ]
        for start in range(0, len(lines), _BATCH):
            await self._bulk(store_id, b"".join(lines[start : start + _BATCH]))

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        await self._store(store_id)
        those: list[Any] = [] if document_id is None else [_of(document_id)]
        if chunk_ids is not None:
            those.append({"ids": {"values": [digest(name) for name in chunk_ids]}})
        if not those:
            return 0
        query = {"query": {"bool": {"filter": those}}}
        answer = await self.rest.call("POST", f"{_path(store_id)}/_delete_by_query?refresh=true", query)
        return int(answer["deleted"])

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        await self._store(store_id)
        script = {"source": "ctx._source.putAll(params.changed)", "params": {"changed": as_attributes(attributes)}}
        change = {"query": _of(document_id), "script": script}
        await self.rest.call("POST", f"{_path(store_id)}/_update_by_query?refresh=true", change)

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        await self._store(store_id)
        within = {"bool": {"filter": [_of(document_id), {"range": {"position": {"gt": after}}}]}}
        found = await self._search(store_id, limit, query=within, sort=[{"position": "asc"}])
        sources = [each["_source"] for each in found]
        return [chunk_of(each) for each in sources], b"".join(vector_of(each) for each in sources if with_vectors)

    @override
    async def count(self, store_id: str) -> int:
        await self._store(store_id)
        return int((await self.rest.call("GET", f"{_path(store_id)}/_count"))["count"])

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        await self._store(store_id)
        if not chunk_ids:
            return {}
        path = f"{_path(store_id)}/_mget?_source_includes=chunk_id,exact"
        answer = await self.rest.call("POST", path, {"ids": [digest(name) for name in dict.fromkeys(chunk_ids)]})
        sources = [each["_source"] for each in answer["docs"] if each.get("found")]
        return {each["chunk_id"]: vector_of(each) for each in sources}

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        store = await self._store(store_id)
        (query,) = rows(store, vector, 1)
        fits = {} if (asked_for := as_query(rule)) is None else {"filter": asked_for}

        async def ask(count: int) -> list[Found]:
            taken = min(count, _MOST)
            near = {"field": "vector", "query_vector": indexed(query, store.metric), "k": taken, **fits}
            found = await self._search(store_id, taken, knn={**near, "num_candidates": min(max(2 * taken, 200), _MOST)})
            scored = [
                Found(chunk_of(each["_source"]), similarity(query, each["_source"], store.metric)) for each in found
            ]
            return sorted(scored, key=lambda each: -each.score)

        return await fitting(ask, limit, rule)

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        await self._store(store_id)
        if not (words := asked(text)):
            return []
        wanted: dict[str, Any] = {"must": [{"match": {"words": {"query": " ".join(words), "operator": "or"}}}]}
        if (fits := as_query(rule)) is not None:
            wanted["filter"] = [fits]

        async def ask(count: int) -> list[Found]:
            found = await self._search(store_id, count, query={"bool": wanted})
            return [Found(chunk_of(each["_source"]), each["_score"]) for each in found]

        return await fitting(ask, limit, rule)

    # ---- Elasticsearch

    async def _store(self, store_id: str) -> StoreSpec:
        """Raises `NotFoundError` when there is none."""
        found = await self.rest.find("GET", f"{_path(store_id)}/_mapping")
        spec = _spec(store_id, next(iter(found.values()))) if found else None
        if spec is None:
            raise no_store(self.provider_id, store_id)
        return spec

    async def _search(self, store_id: str, limit: int, **body: Any) -> list[Any]:
        asked_for = {"size": min(limit, _MOST), "_source": {"excludes": _NOT_HANDED_BACK}, **body}
        answer = await self.rest.call("POST", f"{_path(store_id)}/_search", asked_for)
        hits: list[Any] = answer["hits"]["hits"]
        return hits

    async def _bulk(self, store_id: str, lines: bytes) -> None:
        """Index documents, and have searches see them. Raises `UpstreamError` with the first refusal."""
        answer = await self.rest.call("POST", f"{_path(store_id)}/_bulk?refresh=true", lines)
        if answer["errors"]:
            failed = next(each["index"] for each in answer["items"] if "error" in each["index"])
            message = f"{self.provider_id} at {self.rest.base_url}: {failed['error']['reason']}"
            raise UpstreamError(message, provider_id=self.provider_id, error=failed["error"], status=failed["status"])


def _path(store_id: str) -> str:
    return f"/{_PREFIX}{store_id}"


def _of(document_id: str) -> dict[str, Any]:
    return {"term": {"document": digest(document_id)}}


def _spec(store_id: str, held: Mapping[str, Any]) -> StoreSpec | None:
    """A store, unless the index is somebody else's."""
    meta = held["mappings"].get("_meta", {})
    return StoreSpec(store_id, int(meta["dimension"]), meta["metric"]) if "llama_stack" in meta else None
