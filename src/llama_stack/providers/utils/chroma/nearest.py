"""The nearest records, also those that Chroma overlooks."""

import math
from collections.abc import Mapping, Sequence
from operator import mul
from typing import Any

from ....apis.vector_io.index import Found, Metric
from .collections import Collection, records_of
from .records import chunk_of

__all__ = ("nearest",)


async def nearest(
    collection: Collection, metric: Metric, query: Sequence[float], count: int, condition: Mapping[str, Any] | None
) -> list[Found]:
    """The best `count` of the records that fulfil the condition, the best first.

    Chroma searches by a graph that lags behind what others write at the same time: a record that has just been written
    may be missing for a while, and one that has just been deleted comes without its metadata. Where fewer come than
    were asked for, those that are missing are compared here; otherwise they are nearly the nearest.
    """
    include = ["metadatas", "distances"]
    answer = await collection.call(
        "query", query_embeddings=[list(query)], where=condition, n_results=count, include=include
    )
    given = zip(answer["ids"][0], answer["metadatas"][0], answer["distances"][0], strict=True)
    found = [Found(chunk_of(name, held), _similarity(metric, far)) for name, held, far in given if held is not None]
    if len(found) < count:
        seen = {each.chunk.chunk_id for each in found}
        found += await _others(collection, metric, query, count, condition, seen)
        found.sort(key=lambda each: -each.score)
    return found[:count]


async def _others(
    collection: Collection,
    metric: Metric,
    query: Sequence[float],
    count: int,
    condition: Mapping[str, Any] | None,
    seen: set[str],
) -> list[Found]:
    names: list[str] = []
    async for name, _ in records_of(collection, where=condition, include=[]):
        if name not in seen:
            names.append(name)
        if len(seen) + len(names) >= count:
            break
    others = records_of(collection, names, include=["metadatas", "embeddings"])
    return [
        Found(chunk_of(name, record["metadatas"]), _compared(metric, query, record["embeddings"]))
        async for name, record in others
    ]


def _similarity(metric: Metric, distance: float) -> float:
    if metric == "l2":
        return -math.sqrt(max(distance, 0.0))  # Chroma's is squared
    return 0.0 if math.isnan(distance) else 1.0 - distance


def _compared(metric: Metric, one: Sequence[float], other: Sequence[float]) -> float:
    if metric == "l2":
        return -math.dist(one, other)
    product = sum(map(mul, one, other))
    if metric == "dot":
        return float(product)
    lengths = math.hypot(*one) * math.hypot(*other)
    return float(product / lengths) if lengths else 0.0
