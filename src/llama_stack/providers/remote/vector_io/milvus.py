"""A Milvus server."""

from typing import Any, Literal, Self

from pydantic import Field, SecretStr
from typing_extensions import override

from ....apis.errors import UnavailableError
from ....apis.providers import Health
from ...utils.milvus.index import MilvusIndex
from ...utils.vectors.contract import VectorConfig

__all__ = ("RemoteMilvus", "RemoteMilvusConfig")

_MISSING = "set MILVUS_ENDPOINT, or uri in its config"


class RemoteMilvusConfig(VectorConfig):
    uri: str | None = Field(default=None, description="http://host:19530")
    token: SecretStr | None = Field(default=None, description="user:password, or a key of Zilliz Cloud")
    db_name: str = Field(default="default", description="a database that is there")
    consistency_level: Literal["Strong", "Session", "Bounded", "Eventually"] = Field(
        default="Strong", description="of stores made from now on; with another one, what was written is found later"
    )
    timeout_seconds: float = Field(default=30, gt=0, description="for a connection to be made")


class RemoteMilvus(MilvusIndex):
    """Vector stores on a Milvus server (2.5 or newer), a collection for each, which several servers may share."""

    def __init__(self, config: RemoteMilvusConfig, provider_id: str) -> None:
        super().__init__(provider_id, config.uri or "no address", config.consistency_level)
        self.config = config

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    async def health(self) -> Health:
        if self.config.uri is None:
            return Health(state="unconfigured", reason=_MISSING)
        await self.list_stores()
        return Health(state="ready")

    @override
    def connect(self) -> Any:
        config = self.config
        if config.uri is None:
            raise UnavailableError(f"{self.provider_id} has no address: {_MISSING}")
        from pymilvus import MilvusClient

        token = config.token.get_secret_value() if config.token else ""
        return MilvusClient(config.uri, token=token, db_name=config.db_name, timeout=config.timeout_seconds)
