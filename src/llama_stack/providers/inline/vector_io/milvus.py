"""Milvus Lite: Milvus in this process, with its data in a folder."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, field_validator
from typing_extensions import override

from ....apis.errors import UnavailableError
from ....apis.providers import Health
from ....apis.vector_io.index import IndexedChunk
from ...utils.milvus.index import MilvusIndex
from ...utils.vectors.contract import VectorConfig

__all__ = ("InlineMilvus", "InlineMilvusConfig")

_SEGMENT = 2000  # chunks
_MISSING = "set MILVUS_DB_PATH, or db_path in its config"


class InlineMilvusConfig(VectorConfig):
    REFUSED: ClassVar[Mapping[str, str]] = {
        "consistency_level": "in one process what was written is found at once: remove this key"
    }

    db_path: Path | None = Field(default=None, description="a folder whose name ends in .db; it is made when absent")

    @field_validator("db_path")
    @classmethod
    def _is_for_lite(cls, path: Path | None) -> Path | None:
        if path is not None and path.suffix != ".db":
            raise ValueError(f"Milvus Lite wants a name that ends in .db: {path}.db, say")
        return path and path.expanduser()


class InlineMilvus(MilvusIndex):
    """Vector stores in a folder on this machine, kept by Milvus Lite, for one server process at a time."""

    def __init__(self, config: InlineMilvusConfig, provider_id: str) -> None:
        super().__init__(provider_id, str(config.db_path), "Strong")
        self.path = config.db_path
        self._lately: Counter[str] = Counter()  # chunks by store that the engine has in no segment yet, at most

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        opened = self._client is not None
        await self.aclose()
        if opened:
            await asyncio.to_thread(_release, str(self.path))

    async def health(self) -> Health:
        if self.path is None:
            return Health(state="unconfigured", reason=_MISSING)
        await self.list_stores()
        return Health(state="ready")

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        """As elsewhere; and now and then the engine is told to make segments: what is in none it compares in Python,
        which takes five times as long."""
        await super().upsert(store_id, chunks, vectors)
        self._lately[store_id] += len(chunks)
        if self._lately[store_id] >= _SEGMENT:
            del self._lately[store_id]
            await self._call(store_id, "flush")

    @override
    def connect(self) -> Any:
        if self.path is None:
            raise UnavailableError(f"{self.provider_id} has no folder: {_MISSING}")
        from pymilvus import MilvusClient

        self.path.parent.mkdir(parents=True, exist_ok=True)
        return MilvusClient(str(self.path))


def _release(path: str) -> None:
    """Stop the engine that the client started; it would stay until the process ends, and keep others out."""
    from milvus_lite.server_manager import server_manager_instance

    server_manager_instance.release_server(path)
