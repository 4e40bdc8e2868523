"""Chroma's server, by its REST API."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from pydantic import Field, SecretStr
from typing_extensions import override

from ....apis.providers import Health
from ...config import NetworkConfig
from ...utils.chroma.collections import Collection, Collections, Metadata
from ...utils.chroma.index import ChromaIndex
from ...utils.rest import Rest
from ...utils.vectors.contract import VectorConfig

__all__ = ("RemoteChroma", "RemoteChromaConfig")


class RemoteChromaConfig(VectorConfig):
    url: str | None = Field(default=None, description="http://host:8000")
    api_key: SecretStr | None = Field(default=None, description="sent as X-Chroma-Token, as Chroma Cloud wants it")
    tenant: str = "default_tenant"
    database: str = "default_database"
    network: NetworkConfig = NetworkConfig()


class RemoteChroma(ChromaIndex):
    """Vector stores on a Chroma server (1.0 or newer), a collection for each, which several servers may share.

    Filters go to Chroma, but for the order of text, which it does not know. A keyword search has Chroma find all chunks
    that hold one of the words, and ranks them here with BM25: it takes longer the more usual the words are.
    """

    def __init__(self, config: RemoteChromaConfig, provider_id: str) -> None:
        super().__init__(provider_id)
        headers = {"x-chroma-token": config.api_key.get_secret_value()} if config.api_key else {}
        missing = "set CHROMADB_URL, or url in its config"
        self.rest = Rest(provider_id, config.url, config.network, headers, missing=missing)
        tenant, database = quote(config.tenant, safe=""), quote(config.database, safe="")
        self.collections = _Database(self.rest, f"/api/v2/tenants/{tenant}/databases/{database}/collections")

    async def __aenter__(self) -> Self:
        await self.rest.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.rest.__aexit__(*exc)

    async def health(self) -> Health:
        return await self.rest.health("/api/v2/heartbeat")


class _Database(Collections):
    """The collections below a path."""

    def __init__(self, rest: Rest, path: str) -> None:
        self.rest, self.path = rest, path

    @override
    async def create(self, name: str, metadata: Metadata, space: str) -> Collection:
        wanted = {"name": name, "metadata": metadata, "configuration": {"hnsw": {"space": space}}}
        return self._made(await self.rest.call("POST", self.path, {**wanted, "get_or_create": True}))

    @override
    async def find(self, name: str) -> Collection | None:
        found = await self.rest.find("GET", f"{self.path}/{quote(name, safe='')}")
        return found and self._made(found)

    @override
    async def drop(self, name: str) -> bool:
        return await self.rest.find("DELETE", f"{self.path}/{quote(name, safe='')}") is not None

    @override
    async def page(self, limit: int, offset: int) -> list[Collection]:
        found = await self.rest.call("GET", f"{self.path}?limit={limit}&offset={offset}")
        return [self._made(each) for each in found]

    def _made(self, found: Mapping[str, Any]) -> Collection:
        return _Collection(self.rest, f"{self.path}/{found['id']}", found["name"], found["metadata"] or {})


@dataclass
class _Collection(Collection):
    rest: Rest
    path: str
    name: str
    metadata: Metadata

    @override
    async def count(self) -> int:
        return int(await self.rest.call("GET", f"{self.path}/count"))

    @override
    async def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self.rest.call("POST", f"{self.path}/{verb}", arguments)
        return answer
