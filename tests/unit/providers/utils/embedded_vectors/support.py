"""Stores to search, and what a search should find."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llama_stack.apis.vector_io.index import Found, IndexedChunk, StoreSpec
from llama_stack.providers.inline.vector_io.sqlite import Sqlite
from llama_stack.providers.utils.embedded_vectors.config import EmbeddedConfig
from llama_stack.providers.utils.embedded_vectors.frame import Frame, Held
from llama_stack.providers.utils.embedded_vectors.memory import InMemory

__all__ = ("DIMENSION", "SPEC", "STORE", "chunks", "clustered", "fill", "held", "index", "nearest", "overlap", "until")

STORE = "vs_5ca1e"
DIMENSION = 32
SPEC = StoreSpec(STORE, DIMENSION)
Floats = NDArray[np.float32]


def index(place: Path | None = None, **config: Any) -> Sqlite:
    return Sqlite(EmbeddedConfig(db_path=place, **config), "here")


def clustered(count: int, seed: int = 1) -> Floats:
    """Vectors that lie about some centres, as embeddings do."""
    centres, chance = np.random.default_rng(0).standard_normal((50, DIMENSION)), np.random.default_rng(seed)
    vectors = centres[chance.integers(0, 50, count)] + 0.5 * chance.standard_normal((count, DIMENSION))
    return vectors.astype("<f4")


def chunks(count: int, first: int = 0) -> list[IndexedChunk]:
    return [
        IndexedChunk(str(n), f"d{n // 10}", n % 10, f"word{n}", {"tenth": n % 10 == 3, "n": float(n)})
        for n in range(first, first + count)
    ]


async def fill(index: Sqlite, vectors: Floats, spec: StoreSpec = SPEC, first: int = 0) -> None:
    await index.create_store(spec)
    for start in range(0, len(vectors), 500):
        part = vectors[start : start + 500]
        await index.upsert(spec.store_id, chunks(len(part), first + start), part.tobytes())


def held(index: Sqlite) -> list[Held]:
    """The stores that are in memory, the longest unused first."""
    assert isinstance(index._searcher, InMemory)
    return list(index._searcher._stores.values())


async def until(index: Sqlite, is_so: Callable[[Frame], bool]) -> None:
    """Search until what is in memory is as wanted."""
    for _ in range(1000):
        await index.search_vector(STORE, clustered(1).tobytes(), 1)
        frame = held(index)[-1].frame
        if frame is not None and is_so(frame):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that in time")


def nearest(vectors: Floats, query: Floats, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """The ten nearest by the cosine."""
    rows = vectors.astype(np.float64)
    scores = rows @ query / np.linalg.norm(rows, axis=1)
    return np.argsort(-(scores if among is None else np.where(among, scores, -np.inf)))[:10]


def overlap(found: list[Found], expected: NDArray[np.int64]) -> float:
    return len({int(each.chunk.chunk_id) for each in found} & set(expected.tolist())) / len(expected)
