"""Chroma in this process, with its data in a folder."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import Field
from typing_extensions import override

from ....apis.errors import StackError, UnavailableError
from ....apis.providers import Health
from ...utils.chroma.collections import Collection, Collections, Metadata
from ...utils.chroma.index import ChromaIndex
from ...utils.vectors.contract import VectorConfig

__all__ = ("InlineChroma", "InlineChromaConfig")

T = TypeVar("T")


class InlineChromaConfig(VectorConfig):
    db_path: Path | None = Field(default=None, description="a folder; it is made when absent")


class InlineChroma(ChromaIndex):
    """Vector stores in a folder on this machine, kept by Chroma, for one server process at a time.

    Filters go to Chroma, but for the order of text, which it does not know. A keyword search has Chroma find all chunks
    that hold one of the words, and ranks them here with BM25: it takes longer the more usual the words are.
    """

    def __init__(self, config: InlineChromaConfig, provider_id: str) -> None:
        super().__init__(provider_id)
        self.folder = _Folder(provider_id, config.db_path and config.db_path.expanduser())
        self.collections = self.folder

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.folder.aclose()

    async def health(self) -> Health:
        if self.folder.path is None:
            return Health(state="unconfigured", reason=_MISSING)
        await self.folder.opened()
        return Health(state="ready")


_MISSING = "set CHROMADB_PATH, or db_path in its config"


class _Folder(Collections):
    """Chroma's client for a folder. It blocks, and so it runs in threads."""

    def __init__(self, provider_id: str, path: Path | None) -> None:
        self.provider_id, self.path = provider_id, path
        self._client: Any = None  # chromadb's types say less than its documentation
        self._opening = asyncio.Lock()

    async def opened(self) -> Any:
        """The client, made when it is first needed: importing Chroma takes a second of every start."""
        if self.path is None:
            raise UnavailableError(f"{self.provider_id} has no folder: {_MISSING}")
        async with self._opening:
            if self._client is None:
                self._client = await self.run(_open, self.path)
        return self._client

    async def aclose(self) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
            self._client = None

    async def run(self, work: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Run it in a thread. Raises `StackError` for what Chroma, or the disk, refuses."""
        try:
            return await asyncio.to_thread(work, *arguments, **named)
        except (ValueError, TypeError, OSError, RuntimeError) as error:
            raise self._failure(error) from error
        except Exception as error:
            if type(error).__module__ != "chromadb.errors":
                raise
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StackError:
        return StackError(
            f"{self.provider_id} in {self.path}: {str(error) or type(error).__name__}", code="storage_failed"
        )

    @override
    async def create(self, name: str, metadata: Metadata, space: str) -> Collection:
        client = await self.opened()
        wanted = {"metadata": dict(metadata), "configuration": {"hnsw": {"space": space}}, "embedding_function": None}
        return _Collection(self, await self.run(client.create_collection, name, **wanted, get_or_create=True))

    @override
    async def find(self, name: str) -> Collection | None:
        client = await self.opened()
        found = await self.run(_unless_absent, client.get_collection, name, embedding_function=None)
        return found and _Collection(self, found)

    @override
    async def drop(self, name: str) -> bool:
        client = await self.opened()
        return await self.run(_unless_absent, lambda: (client.delete_collection(name), True)) is not None

    @override
    async def page(self, limit: int, offset: int) -> list[Collection]:
        client = await self.opened()
        found = await self.run(client.list_collections, limit=limit, offset=offset)
        return [_Collection(self, each) for each in found]


class _Collection(Collection):
    def __init__(self, folder: _Folder, found: Any) -> None:
        self._folder, self._found = folder, found
        self.name, self.metadata = found.name, found.metadata or {}

    @override
    async def count(self) -> int:
        return int(await self._folder.run(self._found.count))

    @override
    async def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        return await self._folder.run(getattr(self._found, verb), **arguments) or {}


def _open(path: Path) -> Any:
    import chromadb

    path.mkdir(parents=True, exist_ok=True)
    return chromadb.PersistentClient(path=path, settings=chromadb.Settings(anonymized_telemetry=False))


def _unless_absent(work: Callable[..., T], *arguments: Any, **named: Any) -> T | None:
    from chromadb.errors import NotFoundError

    try:
        return work(*arguments, **named)
    except NotFoundError:
        return None
