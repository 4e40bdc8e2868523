"""Vector backends to run tests against, each with its server where it has one."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from llama_stack.apis.vector_io.index import VectorIndex
from tests.support.services import pgvector

__all__ = ("BACKENDS", "Open")

Open = Callable[[], AbstractAsyncContextManager[VectorIndex]]


@asynccontextmanager
async def on_pgvector(folder: Path) -> AsyncIterator[Open]:
    from llama_stack.providers.remote.vector_io.pgvector.config import PgvectorConfig
    from llama_stack.providers.remote.vector_io.pgvector.provider import Pgvector

    async with pgvector() as url:
        yield lambda: Pgvector(PgvectorConfig.model_validate({"url": url}), "pgvector")


BACKENDS: Mapping[str, Callable[[Path], AbstractAsyncContextManager[Open]]] = {
    "remote::pgvector": on_pgvector,
}
