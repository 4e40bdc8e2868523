"""One engine, measured in a process of its own: python -m benchmarks.vectors.measure ENGINE CORPUS FOLDER."""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from .data import NEAREST, Corpus
from .engines import ENGINES

__all__ = ("measure",)

_SECONDS = 4.0  # of each window, at most
_AT_ONCE = 16
Ask = Callable[[int], Awaitable[Any]]


async def measure(name: str, corpus: Corpus, folder: Path) -> dict[str, Any]:
    """Fill it, then ask: one after the other, and sixteen at once; all rows, and one category."""
    engine = ENGINES[name](folder)
    start = time.perf_counter()
    await engine.fill(corpus)
    figures: dict[str, Any] = {"fill_s": time.perf_counter() - start}
    for part, category in (("all", None), ("filtered", 0)):

        async def ask(n: int, category: int | None = category) -> Any:
            return await engine.search(corpus.queries[n % len(corpus.queries)], category)

        figures[part] = {"recall": await _recall(ask, corpus.nearest[part]), **await _speed(ask)}
    figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


async def _recall(ask: Ask, nearest: Any) -> float:
    count = min(len(nearest), 100)
    found = [len(set(await ask(n)) & set(nearest[n].tolist())) for n in range(count)]
    return float(np.mean(found)) / NEAREST


async def _speed(ask: Ask) -> dict[str, float]:
    alone, alone_s = await _window(ask, 1)
    beside, beside_s = await _window(ask, _AT_ONCE)
    return {
        "p50_ms": median(alone) * 1000,
        "per_s": len(alone) / alone_s,
        "p50_ms_at_16": median(beside) * 1000,
        "per_s_at_16": len(beside) / beside_s,
    }


async def _window(ask: Ask, at_once: int) -> tuple[list[float], float]:
    """How long each took, and all together."""
    took: list[float] = []
    begun = time.perf_counter()

    async def go_on(first: int) -> None:
        n = first
        while time.perf_counter() - begun < _SECONDS:
            start = time.perf_counter()
            await ask(n)
            took.append(time.perf_counter() - start)
            n += at_once

    await asyncio.gather(*map(go_on, range(at_once)))
    return took, time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], Corpus.load(Path(sys.argv[2])), Path(sys.argv[3])))))
