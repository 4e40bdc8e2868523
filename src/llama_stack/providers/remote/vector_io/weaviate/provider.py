"""Vector stores in Weaviate, by its REST API and its GraphQL."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

import msgspec
from pydantic import Field, SecretStr, field_validator
from typing_extensions import override

from .....apis.errors import UpstreamError
from .....apis.providers import Health
from .....apis.vector_io.filters import Comparison, Compound
from .....apis.vector_io.index import Found, IndexedChunk, StoreSpec, VectorIndex
from ....config import NetworkConfig
from ....utils.rest import Rest
from ....utils.vectors.contract import VectorConfig, check_same, no_store
from ....utils.vectors.filters import fitting
from ....utils.vectors.numbers import rows
from ....utils.vectors.words import asked
from . import documents, queries
from .documents import FIELDS, chunk_of, name_of, vector_of, weaviate_object
from .queries import Where, Word, as_where

__all__ = ("Weaviate", "WeaviateConfig")

T = TypeVar("T")
_BATCH = 200  # objects of a call
_BESIDE = 16  # calls beside each other
_NAMES = 1_000  # ids of a call
_MOST = 10_000  # objects of an answer, unless the server was told otherwise
_THERE = 422  # what Weaviate says of a collection or a property that it has
_SCORED = f"{FIELDS} _additional {{ score }}"


class WeaviateConfig(VectorConfig):
    weaviate_cluster_url: str | None = Field(
        default=None, description="http://host:8080; without http:// it is https:// unless it has a port"
    )
    weaviate_api_key: SecretStr | None = None
    network: NetworkConfig = NetworkConfig()

    @field_validator("weaviate_cluster_url")
    @classmethod
    def _has_a_scheme(cls, url: str | None) -> str | None:
        if not url or "://" in url:
            return url
        return f"http://{url}" if ":" in url or url == "localhost" else f"https://{url}"


@dataclass(frozen=True, slots=True)
class _Collection:
    """A store, and the properties that its objects may have."""

    spec: StoreSpec
    known: frozenset[str]


class Weaviate(VectorIndex):
    """Vector stores in Weaviate (1.21 or newer), a collection for each, which several servers may share."""

    def __init__(self, config: WeaviateConfig, provider_id: str) -> None:
        self.provider_id = provider_id
        key = config.weaviate_api_key
        headers = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        missing = "set WEAVIATE_CLUSTER_URL, or weaviate_cluster_url in its config"
        self.rest = Rest(provider_id, config.weaviate_cluster_url, config.network, headers, missing=missing)

    async def __aenter__(self) -> Self:
        await self.rest.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.rest.__aexit__(*exc)

    async def health(self) -> Health:
        return await self.rest.health("/v1/meta")

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        await self._make("/v1/schema", documents.collection(store))
        check_same(store, (await self._store(store.store_id)).spec)

    @override
    async def delete_store(self, store_id: str) -> bool:
        if await self._find(store_id) is None:  # Weaviate deletes what is not there
            return False
        await self.rest.find("DELETE", _path(store_id))
        return True

    @override
    async def list_stores(self) -> list[StoreSpec]:
        found = await self.rest.call("GET", "/v1/schema")
        return [spec for each in found.get("classes") or [] if (spec := documents.spec_of(each))]

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        store = await self._store(store_id)
        numbers = rows(store.spec, vectors, len(chunks))
        last = {chunk.chunk_id: (chunk, vector) for chunk, vector in zip(chunks, numbers, strict=True)}
        await self._write(store, list(last.values()))

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        await self._store(store_id)
        of = [] if document_id is None else [queries.of_document(document_id)]
        if chunk_ids is None:
            return await self._delete(store_id, queries.both(*of)) if of else 0
        parts = _parts(list(dict.fromkeys(chunk_ids)), _NAMES)
        return sum([await self._delete(store_id, queries.both(*of, queries.those(part))) for part in parts])

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        """Change what has other attributes, until there is nothing new: Weaviate has no update by query."""
        store = await self._store(store_id)
        await self._learn(store, documents.numbers(attributes))
        others = queries.both(queries.of_document(document_id), queries.other_state(documents.state_of(attributes)))
        done: set[str] = set()
        while found := await self._get(store_id, "chunk_id attributes", limit=_BATCH, where=others):
            fresh = [each for each in found if each["chunk_id"] not in done]
            if not fresh:  # somebody else gives them others at this moment
                return
            for part in _parts(fresh, _BESIDE):
                await asyncio.gather(*(self._merge(store_id, each, attributes) for each in part))
            done.update(each["chunk_id"] for each in fresh)

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        await self._store(store_id)
        within = queries.both(queries.of_document(document_id), queries.behind(after))
        order = [{"path": ["position"], "order": Word("asc")}]
        found = await self._get(store_id, FIELDS, limit=min(limit, _MOST), where=within, sort=order)
        return [chunk_of(each) for each in found], b"".join(vector_of(each) for each in found if with_vectors)

    @override
    async def count(self, store_id: str) -> int:
        await self._store(store_id)
        name = name_of(store_id)
        found = await self._ask(f"{{ Aggregate {{ {name} {{ meta {{ count }} }} }} }}")
        return int(found["Aggregate"][name][0]["meta"]["count"])

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        await self._store(store_id)
        vectors: dict[str, bytes] = {}
        for part in _parts(list(dict.fromkeys(chunk_ids)), _NAMES):
            found = await self._get(store_id, "chunk_id exact", limit=len(part), where=queries.those(part))
            vectors |= {each["chunk_id"]: vector_of(each) for each in found}
        return vectors

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        store = await self._store(store_id)
        (query,) = rows(store.spec, vector, 1)
        metric = store.spec.metric
        near = {"vector": documents.indexed(query, metric)}
        where = as_where(rule, store.known)

        async def ask(count: int) -> list[Found]:
            found = await self._get(store_id, FIELDS, limit=min(count, _MOST), nearVector=near, where=where)
            scored = [Found(chunk_of(each), documents.similarity(query, each, metric)) for each in found]
            return sorted(scored, key=lambda each: -each.score)

        return await fitting(ask, limit, rule)

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        store = await self._store(store_id)
        if not (words := asked(text)):
            return []
        wanted = {"query": " ".join(words), "properties": ["words"]}
        where = as_where(rule, store.known)

        async def ask(count: int) -> list[Found]:
            found = await self._get(store_id, _SCORED, limit=min(count, _MOST), bm25=wanted, where=where)
            return [Found(chunk_of(each), float(each["_additional"]["score"])) for each in found]

        return await fitting(ask, limit, rule)

    # ---- Weaviate

    async def _find(self, store_id: str) -> _Collection | None:
        found = await self.rest.find("GET", _path(store_id))
        spec = documents.spec_of(found) if found else None
        return _Collection(spec, frozenset(each["name"] for each in found["properties"])) if spec else None

    async def _store(self, store_id: str) -> _Collection:
        """Raises `NotFoundError` when there is none."""
        if (found := await self._find(store_id)) is None:
            raise no_store(self.provider_id, store_id)
        return found

    async def _make(self, path: str, body: Any) -> None:
        """Make a collection or a property, unless it is there."""
        try:
            await self.rest.call("POST", path, body)
        except UpstreamError as error:
            if error.status != _THERE or "already" not in error.message:
                raise

    async def _write(self, store: _Collection, chunks: Sequence[tuple[IndexedChunk, Sequence[float]]]) -> None:
        """Write objects whole. Raises `UpstreamError` with the first refusal."""
        await self._learn(store, {name for chunk, _ in chunks for name in documents.numbers(chunk.attributes)})
        for part in _parts(chunks, _BATCH):
            objects = [weaviate_object(store.spec, chunk, vector) for chunk, vector in part]
            self._check(await self.rest.call("POST", "/v1/batch/objects", {"objects": objects}))

    async def _learn(self, store: _Collection, names: Iterable[str]) -> None:
        """Have properties for these numbers."""
        for name in sorted(set(names) - store.known):
            await self._make(f"{_path(store.spec.store_id)}/properties", documents.number_property(name))

    async def _merge(self, store_id: str, found: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
        """Change the attributes of an object, unless it is gone."""
        changed = documents.changed(msgspec.json.decode(found["attributes"]), attributes)
        name, uuid = name_of(store_id), documents.uuid_of(found["chunk_id"])
        body = {"class": name, "id": uuid, "properties": changed}
        await self.rest.find("PATCH", f"/v1/objects/{name}/{uuid}", body)

    def _check(self, answers: Sequence[Mapping[str, Any]]) -> None:
        for each in answers:
            if refused := each["result"].get("errors"):
                raise self._refusal(refused["error"])

    def _refusal(self, errors: Sequence[Mapping[str, Any]]) -> UpstreamError:
        message = f"{self.provider_id} at {self.rest.base_url}: {errors[0]['message']}"
        return UpstreamError(message, provider_id=self.provider_id)

    async def _delete(self, store_id: str, where: Where) -> int:
        """Delete what fits, as often as Weaviate leaves some: it takes so many at once."""
        match, deleted = {"class": name_of(store_id), "where": queries.in_rest(where)}, 0
        while True:
            answer = await self.rest.call("DELETE", "/v1/batch/objects", {"match": match, "output": "minimal"})
            results = answer["results"]
            if results["failed"]:
                raise self._refusal(results["objects"][0]["errors"]["error"])
            deleted += int(results["successful"])
            if not results["successful"] or results["matches"] < results["limit"]:
                return deleted

    async def _get(self, store_id: str, fields: str, **arguments: Any) -> list[Any]:
        name = name_of(store_id)
        found: list[Any] = (await self._ask(queries.get(name, fields, **arguments)))["Get"][name]
        return found

    async def _ask(self, query: str) -> Any:
        answer = await self.rest.call("POST", "/v1/graphql", {"query": query})
        if errors := answer.get("errors"):
            raise self._refusal(errors)
        return answer["data"]


def _path(store_id: str) -> str:
    return f"/v1/schema/{name_of(store_id)}"


def _parts(every: Sequence[T], size: int) -> list[Sequence[T]]:
    return [every[start : start + size] for start in range(0, len(every), size)]
