"""A Qdrant server, by its REST API."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator
from typing_extensions import override

from ....apis.errors import UpstreamError
from ....apis.providers import Health
from ...config import NetworkConfig
from ...utils.qdrant.index import QdrantIndex
from ...utils.qdrant.points import Qdrant
from ...utils.rest import Rest
from ...utils.vectors.contract import VectorConfig

__all__ = ("RemoteQdrant", "RemoteQdrantConfig")

_REST_ALONE = "there is no gRPC here, only the REST API: remove this key"


class RemoteQdrantConfig(VectorConfig):
    REFUSED: ClassVar[Mapping[str, str]] = {"grpc_port": _REST_ALONE, "prefer_grpc": _REST_ALONE}

    url: str | None = Field(default=None, description="http://host:6333")
    location: str | None = Field(default=None, description="the same, by another name")
    host: str | None = Field(default=None, description="the host alone, in place of a url")
    port: int = Field(default=6333, ge=1, le=65535, description="of host")
    https: bool | None = Field(default=None, description="of host; unset: when there is an api_key")
    prefix: str | None = Field(default=None, description="path before the API's own, behind a proxy")
    api_key: SecretStr | None = None
    timeout: float | None = Field(default=None, gt=0, description="seconds; else network.read_timeout_seconds")
    collection_prefix: str = Field(default="llamastack_", pattern=r"^[A-Za-z0-9_-]+$", description="of stores' names")
    network: NetworkConfig = NetworkConfig()

    @field_validator("location")
    @classmethod
    def _is_a_place(cls, location: str | None) -> str | None:
        if location == ":memory:":
            raise ValueError("to keep stores in this process, choose inline::qdrant")
        return location

    @property
    def address(self) -> str | None:
        secure = self.api_key is not None if self.https is None else self.https
        by_host = f"http{'s' if secure else ''}://{self.host}:{self.port}" if self.host else None
        found = self.url or self.location or by_host
        return f"{found.rstrip('/')}/{self.prefix.strip('/')}" if found and self.prefix else found

    @property
    def patience(self) -> NetworkConfig:
        changed = {} if self.timeout is None else {"read_timeout_seconds": self.timeout}
        return self.network.model_copy(update=changed)


class RemoteQdrant(QdrantIndex):
    """Vector stores on a Qdrant server (1.10 or newer), a collection for each, which several servers may share."""

    def __init__(self, config: RemoteQdrantConfig, provider_id: str) -> None:
        super().__init__(provider_id, config.collection_prefix)
        headers = {"api-key": config.api_key.get_secret_value()} if config.api_key else {}
        missing = "set QDRANT_URL, or url in its config"
        self.rest = Rest(provider_id, config.address, config.patience, headers, missing=missing)
        self.qdrant = _Server(self.rest)

    async def __aenter__(self) -> Self:
        await self.rest.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.rest.__aexit__(*exc)

    async def health(self) -> Health:
        return await self.rest.health("/collections")


# What is asked → method, path below the collection.
_VERBS = {
    "upsert": ("PUT", "/points?wait=true"),
    "retrieve": ("POST", "/points"),
    "scroll": ("POST", "/points/scroll"),
    "query": ("POST", "/points/query"),
    "count": ("POST", "/points/count"),
    "delete": ("POST", "/points/delete?wait=true"),
    "payload": ("POST", "/points/payload?wait=true"),
}


class _Server(Qdrant):
    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    @override
    async def names(self) -> list[str]:
        found = await self.rest.call("GET", "/collections")
        return [each["name"] for each in found["result"]["collections"]]

    @override
    async def find(self, name: str) -> Mapping[str, Any] | None:
        found = await self.rest.find("GET", _path(name))
        if found is None:
            return None
        parameters: Mapping[str, Any] = found["result"]["config"]["params"]
        return parameters

    @override
    async def create(self, name: str, parameters: Mapping[str, Any]) -> None:
        try:
            await self.rest.call("PUT", _path(name), parameters)
        except UpstreamError as error:
            if error.status != 409:  # somebody else made it a moment ago
                raise

    @override
    async def drop(self, name: str) -> bool:
        answer = await self.rest.find("DELETE", _path(name))
        return bool(answer and answer["result"])

    @override
    async def index(self, name: str, field: str, kind: str) -> None:
        await self.rest.call("PUT", f"{_path(name)}/index?wait=true", {"field_name": field, "field_schema": kind})

    @override
    async def call(self, name: str, verb: str, body: Mapping[str, Any]) -> Any:
        method, path = _VERBS[verb]
        return (await self.rest.call(method, _path(name) + path, body))["result"]


def _path(name: str) -> str:
    return f"/collections/{quote(name, safe='')}"
