"""Qdrant's local mode: its client alone, with the data in a folder."""

import asyncio
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import Field
from typing_extensions import override

from ....apis.errors import StackError, UnavailableError
from ....apis.providers import Health
from ...utils.qdrant.index import QdrantIndex
from ...utils.qdrant.points import Qdrant
from ...utils.vectors.contract import VectorConfig

__all__ = ("InlineQdrant", "InlineQdrantConfig")

T = TypeVar("T")
_MISSING = "set QDRANT_PATH, or path in its config"


class InlineQdrantConfig(VectorConfig):
    path: Path | None = Field(default=None, description="a folder; it is made when absent")


class InlineQdrant(QdrantIndex):
    """Vector stores in a folder on this machine, for one server process: Qdrant's client without its server.

    It compares every vector that fits, and holds all of them in memory: meant for up to some 20,000 chunks a store.
    """

    def __init__(self, config: InlineQdrantConfig, provider_id: str) -> None:
        super().__init__(provider_id, "llamastack_")
        self.folder = _Folder(provider_id, config.path and config.path.expanduser())
        self.qdrant = self.folder

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.folder.aclose()

    async def health(self) -> Health:
        if self.folder.path is None:
            return Health(state="unconfigured", reason=_MISSING)
        await self.folder.names()
        return Health(state="ready")


class _Folder(Qdrant):
    """The client. It blocks, and wants to be used by one thread."""

    def __init__(self, provider_id: str, path: Path | None) -> None:
        self.provider_id, self.path = provider_id, path
        self._client: Any = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="qdrant")

    async def aclose(self) -> None:
        if self._client is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._client.close)
            self._client = None
        self._thread.shutdown(wait=False)

    async def run(self, work: Callable[[Any], T]) -> T:
        """Run it in the client's thread. Raises `StackError` for what the client, or the disk, refuses."""
        if self.path is None:
            raise UnavailableError(f"{self.provider_id} has no folder: {_MISSING}")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._work, work)
        except (ValueError, TypeError, OSError, RuntimeError) as error:
            message = f"{self.provider_id} in {self.path}: {str(error) or type(error).__name__}"
            raise StackError(message, code="storage_failed") from error

    def _work(self, work: Callable[[Any], T]) -> T:
        """At the first call the client is made: importing it takes a second of every start."""
        if self._client is None:
            from qdrant_client import QdrantClient

            self._client = QdrantClient(path=str(self.path))
        return work(self._client)

    @override
    async def names(self) -> list[str]:
        return await self.run(lambda client: [each.name for each in client.get_collections().collections])

    @override
    async def find(self, name: str) -> Mapping[str, Any] | None:
        def read(client: Any) -> Mapping[str, Any] | None:
            if not client.collection_exists(name):
                return None
            parameters: Mapping[str, Any] = client.get_collection(name).config.params.model_dump(mode="json")
            return parameters

        return await self.run(read)

    @override
    async def create(self, name: str, parameters: Mapping[str, Any]) -> None:
        def make(client: Any) -> None:
            from qdrant_client import models

            wanted = models.CreateCollection.model_validate(parameters)
            if not client.collection_exists(name):
                client.create_collection(name, wanted.vectors, wanted.sparse_vectors)

        await self.run(make)

    @override
    async def drop(self, name: str) -> bool:
        return await self.run(lambda client: client.collection_exists(name) and client.delete_collection(name))

    @override
    async def index(self, name: str, field: str, kind: str) -> None:
        """The local mode has no such indexes, and looks at everything."""

    @override
    async def call(self, name: str, verb: str, body: Mapping[str, Any]) -> Any:
        return await self.run(lambda client: _VERBS[verb](client, name, body))


def _upsert(client: Any, name: str, body: Mapping[str, Any]) -> None:
    from qdrant_client import models

    points = [models.PointStruct.model_validate(point) for point in body["points"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a server is advised: its page says so
        client.upsert(name, points)


def _retrieve(client: Any, name: str, body: Mapping[str, Any]) -> Any:
    found = client.retrieve(name, body["ids"], with_payload=body["with_payload"], with_vectors=body["with_vector"])
    return [point.model_dump(mode="json") for point in found]


def _scroll(client: Any, name: str, body: Mapping[str, Any]) -> Any:
    from qdrant_client import models

    found, _ = client.scroll(
        name,
        scroll_filter=_filter(body),
        limit=body["limit"],
        order_by=models.OrderBy.model_validate(body["order_by"]),
        with_payload=body["with_payload"],
        with_vectors=body["with_vector"],
    )
    return {"points": [point.model_dump(mode="json") for point in found]}


def _query(client: Any, name: str, body: Mapping[str, Any]) -> Any:
    from qdrant_client import models

    asked = body["query"]
    query = models.SparseVector.model_validate(asked) if isinstance(asked, dict) else asked
    found = client.query_points(name, query, body["using"], query_filter=_filter(body), limit=body["limit"])
    return found.model_dump(mode="json")


def _count(client: Any, name: str, body: Mapping[str, Any]) -> Any:
    return {"count": client.count(name, count_filter=_filter(body), exact=True).count}


def _delete(client: Any, name: str, body: Mapping[str, Any]) -> None:
    client.delete(name, _filter(body))


def _payload(client: Any, name: str, body: Mapping[str, Any]) -> None:
    client.set_payload(name, body["payload"], points=_filter(body))


def _filter(body: Mapping[str, Any]) -> Any:
    from qdrant_client import models

    return models.Filter.model_validate(body["filter"]) if "filter" in body else None


_VERBS: dict[str, Callable[[Any, str, Mapping[str, Any]], Any]] = {
    "upsert": _upsert,
    "retrieve": _retrieve,
    "scroll": _scroll,
    "query": _query,
    "count": _count,
    "delete": _delete,
    "payload": _payload,
}
