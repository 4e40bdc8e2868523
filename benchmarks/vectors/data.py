"""Vectors to search, made up: they lie about centres, as embeddings of texts about some subjects do."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("CATEGORIES", "DIMENSION", "NEAREST", "QUERIES", "Corpus", "make")

DIMENSION = 384
NEAREST = 10  # are asked for
QUERIES = 200
CATEGORIES = 100  # a filter asks for one of them: 1 % of the rows, spread over all subjects
_ROWS_PER_CENTRE = 100
_SPREAD = 0.6  # about a centre whose numbers have a deviation of 1
_SEED = 7
_BLOCK = 50_000


@dataclass(frozen=True)
class Corpus:
    """Rows and queries of length one, a category for each row, and the rows that are nearest to each query."""

    rows: NDArray[np.float32]
    categories: NDArray[np.int64]
    queries: NDArray[np.float32]
    nearest: dict[str, NDArray[np.int64]]  # "all", and "filtered": within category 0

    @classmethod
    def load(cls, folder: Path) -> "Corpus":
        def one(name: str) -> NDArray[Any]:
            return np.load(folder / f"{name}.npy", mmap_mode="r" if name == "rows" else None)

        return cls(one("rows"), one("categories"), one("queries"), {n: one(n) for n in ("all", "filtered")})


def make(folder: Path, size: int) -> None:
    """Write a corpus of that size, unless it is there."""
    if (folder / "filtered.npy").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(_SEED)
    centres = chance.standard_normal((max(1, size // _ROWS_PER_CENTRE), DIMENSION), dtype=np.float32)
    queries = _about(centres, QUERIES, chance)
    categories = chance.integers(0, CATEGORIES, size)
    rows = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.float32, (size, DIMENSION))
    for start in range(0, size, _BLOCK):
        rows[start : start + _BLOCK] = _about(centres, min(_BLOCK, size - start), chance)
    rows.flush()
    np.save(folder / "queries.npy", queries)
    np.save(folder / "categories.npy", categories)
    np.save(folder / "all.npy", _nearest(rows, queries, np.arange(size)))
    np.save(folder / "filtered.npy", _nearest(rows, queries, np.flatnonzero(categories == 0)))


def _about(centres: NDArray[np.float32], count: int, chance: np.random.Generator) -> NDArray[np.float32]:
    spread = _SPREAD * chance.standard_normal((count, DIMENSION), dtype=np.float32)
    found = centres[chance.integers(0, len(centres), count)] + spread
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def _nearest(rows: NDArray[np.float32], queries: NDArray[np.float32], among: NDArray[np.int64]) -> NDArray[np.int64]:
    """The truth, block by block: for each query the rows of the highest scores."""
    best = np.zeros((len(queries), 0), np.int64)
    scores = np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(among), _BLOCK):
        places = among[start : start + _BLOCK]
        scores = np.hstack([scores, queries @ rows[places].T])
        best = np.hstack([best, np.broadcast_to(places, (len(queries), len(places)))])
        chosen = np.argsort(-scores, axis=1)[:, :NEAREST]
        scores, best = np.take_along_axis(scores, chosen, 1), np.take_along_axis(best, chosen, 1)
    return best
