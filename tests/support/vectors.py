"""Vector backends to run tests against, each with its server where it has one."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from llama_stack.apis.vector_io.index import VectorIndex
from tests.support.chroma import chroma
from tests.support.services import pgvector

__all__ = ("BACKENDS", "Open")

Open = Callable[[], AbstractAsyncContextManager[VectorIndex]]


@asynccontextmanager
async def on_pgvector(folder: Path) -> AsyncIterator[Open]:
    from llama_stack.providers.remote.vector_io.pgvector.config import PgvectorConfig
    from llama_stack.providers.remote.vector_io.pgvector.provider import Pgvector

    async with pgvector() as url:
        yield lambda: Pgvector(PgvectorConfig.model_validate({"url": url}), "pgvector")


@asynccontextmanager
async def in_chroma(folder: Path) -> AsyncIterator[Open]:
    from llama_stack.providers.inline.vector_io.chromadb import InlineChroma, InlineChromaConfig

    yield lambda: InlineChroma(InlineChromaConfig(db_path=folder / "new" / "chroma"), "chromadb")


@asynccontextmanager
async def on_chroma(folder: Path) -> AsyncIterator[Open]:
    from llama_stack.providers.remote.vector_io.chromadb import RemoteChroma, RemoteChromaConfig

    async with chroma() as (url, database):
        yield lambda: RemoteChroma(RemoteChromaConfig(url=url, database=database), "chromadb")


BACKENDS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Open]]] = {
    "remote::pgvector": on_pgvector,
    "inline::chromadb": in_chroma,
    "remote::chromadb": on_chroma,
}
