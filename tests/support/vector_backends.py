"""The vector indexes under test, and what the tests put into them. A new backend joins by a row in `BACKENDS`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from llama_stack.apis.vector_io.filters import Comparison, Compound, Filter
from llama_stack.apis.vector_io.index import IndexedChunk, Metric, VectorIndex
from llama_stack.providers.registry.vector_io import PROVIDERS
from tests.support.vectors import (
    in_chroma,
    in_milvus,
    in_qdrant,
    on_chroma,
    on_elasticsearch,
    on_milvus,
    on_pgvector,
    on_qdrant,
    on_weaviate,
)

__all__ = (
    "BACKENDS",
    "DIM",
    "S1",
    "S2",
    "Backend",
    "Floats",
    "Place",
    "chunk",
    "fill",
    "names",
    "rule",
    "similarity",
    "some_vectors",
    "vector",
    "words",
)


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {}


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "new folder" / "vectors.db")}


@dataclass(frozen=True)
class Backend:
    """A provider under test: its type, what makes its config, what it cannot do."""

    provider_type: str
    configured: Callable[[Path], AbstractAsyncContextManager[dict[str, Any]]]
    shared: bool = True  # two instances with one config hold the same
    lasting: bool = True  # what it holds is there when it is opened again
    exact: bool = True  # a vector search of a small store finds the nearest, not nearly the nearest
    finds_within: bool = True  # words in scripts that put no spaces between them
    metrics: tuple[Metric, ...] = get_args(Metric)


BACKENDS = {
    "sqlite in memory": Backend("inline::sqlite", in_memory, shared=False, lasting=False),
    "sqlite": Backend("inline::sqlite", in_a_file),
    "faiss": Backend("inline::faiss", in_a_file),
    "sqlite-vec in memory": Backend("inline::sqlite-vec", in_memory, shared=False, lasting=False),
    "sqlite-vec": Backend("inline::sqlite-vec", in_a_file),
    "pgvector": Backend("remote::pgvector", on_pgvector),
    "chroma in a folder": Backend("inline::chromadb", in_chroma),
    "chroma": Backend("remote::chromadb", on_chroma),
    "qdrant in a folder": Backend("inline::qdrant", in_qdrant, shared=False),
    "qdrant": Backend("remote::qdrant", on_qdrant),
    "milvus in a folder": Backend("inline::milvus", in_milvus, shared=False),
    "milvus": Backend("remote::milvus", on_milvus),
    "elasticsearch": Backend("remote::elasticsearch", on_elasticsearch),
    "weaviate": Backend("remote::weaviate", on_weaviate),
}

S1, S2 = "vs_0123456789abcdef", "vs_fedcba9876543210"
DIM = 8
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """A backend with a config: opened as often as a test likes."""

    backend: Backend
    config: dict[str, Any]

    def open(self) -> Any:
        spec = next(row for row in PROVIDERS if row.provider_type == self.backend.provider_type)
        if spec.missing():
            pytest.skip(spec.install_hint)
        cls: Any = spec.load()
        model = cls.__init__.__annotations__["config"]
        return cls(config=model.model_validate(self.config), provider_id="here")


def chunk(name: str, document: str = "doc", position: int = 0, text: str = "", **attributes: Any) -> IndexedChunk:
    return IndexedChunk(name, document, position, text, attributes, b'{"name": "%s"}' % name.encode())


def vector(*numbers: float) -> bytes:
    """A vector that begins with these numbers."""
    return np.array([*numbers, *[0.0] * (DIM - len(numbers))], "<f4").tobytes()


def some_vectors(count: int, seed: int = 1) -> Floats:
    """Directions and lengths of all sorts."""
    generator = np.random.default_rng(seed)
    lengths = generator.uniform(0.1, 10, (count, 1))
    return (generator.standard_normal((count, DIM)) * lengths).astype("<f4")


async def fill(index: VectorIndex, chunks: Sequence[IndexedChunk], vectors: Floats, store: str = S1) -> None:
    await index.upsert(store, chunks, vectors.astype("<f4").tobytes())


def rule(type_: str, key: str = "", value: Any = None, *, filters: list[Any] | None = None) -> Comparison | Compound:
    given = {"type": type_, "filters": filters} if filters else {"type": type_, "key": key, "value": value}
    made: Comparison | Compound = TypeAdapter(Filter).validate_python(given)
    return made


async def names(index: VectorIndex, by: Comparison | Compound | None = None, limit: int = 1000) -> set[str]:
    return {found.chunk.chunk_id for found in await index.search_vector(S1, vector(1), limit, by)}


async def words(index: VectorIndex, text: str, limit: int = 100, by: Comparison | Compound | None = None) -> list[str]:
    return [found.chunk.chunk_id for found in await index.search_keyword(S1, text, limit, by)]


def similarity(metric: Metric, rows: Floats, query: Floats) -> NDArray[np.float64]:
    """What each metric means, in double precision."""
    exact, asked = rows.astype(np.float64), query.astype(np.float64)
    if metric == "l2":
        return np.asarray(-np.linalg.norm(exact - asked, axis=1))
    if metric == "dot":
        return np.asarray(exact @ asked)
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(asked)
    return np.divide(exact @ asked, lengths, out=np.zeros(len(rows)), where=lengths > 0)
