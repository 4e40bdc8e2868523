"""How found chunks are scored and put in order: plain functions over lists.

Every score that leaves here lies between 0 and 1, higher is better. Reciprocal rank fusion follows Cormack, Clarke
and Büttcher (SIGIR 2009).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from ...apis.vector_io.index import Found, Metric

__all__ = ("best_of", "fused", "keyword_scored", "squashed", "vector_scored", "weighted")

_SCORES: dict[Metric, Callable[[float], float]] = {
    "cosine": lambda cosine: max(0.0, min(1.0, cosine)),
    "dot": lambda product: squashed(product),
    "l2": lambda negative: 1 / (1 - negative),
}


def squashed(number: float) -> float:
    """Any number into 0…1, in the same order (the logistic function)."""
    if number >= 0:
        return 1 / (1 + math.exp(-min(number, 700.0)))
    return 1 - squashed(-number)


def vector_scored(found: Iterable[Found], metric: Metric) -> list[Found]:
    """Similarities as scores: a cosine as it is (0 where negative), others squeezed without changing the order."""
    return [Found(each.chunk, _SCORES[metric](each.score)) for each in found]


def keyword_scored(found: Sequence[Found]) -> list[Found]:
    """BM25 has no upper bound: s / (s + 1) keeps its order, and says 0.5 for a score of 1."""
    return [Found(each.chunk, max(each.score, 0.0) / (max(each.score, 0.0) + 1)) for each in found]


def fused(lists: Mapping[str, Sequence[Found]], impact_factor: float, weights: Mapping[str, float]) -> list[Found]:
    """Reciprocal rank fusion, scaled so that the first of every list scores 1."""
    whole = sum(weights.get(name, 1.0) for name in lists)
    return _summed(
        (each, weights.get(name, 1.0) / whole * (impact_factor + 1) / (impact_factor + rank))
        for name, found in lists.items()
        for rank, each in enumerate(found, start=1)
    )


def weighted(lists: Mapping[str, Sequence[Found]], weights: Mapping[str, float]) -> list[Found]:
    """A weighted mean of scores, each list's scaled by its best."""
    whole = sum(weights.get(name, 0.0) for name in lists) or 1.0
    return _summed(
        (each, weights.get(name, 0.0) / whole * each.score / (found[0].score or 1.0))
        for name, found in lists.items()
        for each in found
    )


def best_of(lists: Iterable[Sequence[Found]]) -> list[Found]:
    """Several queries' answers as one: each chunk with its best score."""
    best: dict[str, Found] = {}
    for each in (each for found in lists for each in found):
        known = best.get(each.chunk.chunk_id)
        if known is None or each.score > known.score:
            best[each.chunk.chunk_id] = each
    return _ordered(best.values())


def _summed(shares: Iterable[tuple[Found, float]]) -> list[Found]:
    chunks, scores = {}, dict[str, float]()
    for found, share in shares:
        name = found.chunk.chunk_id
        chunks[name] = found.chunk
        scores[name] = scores.get(name, 0.0) + share
    # Sums of shares may exceed 1 by a rounding error.
    return _ordered(Found(chunk, min(1.0, scores[name])) for name, chunk in chunks.items())


def _ordered(found: Iterable[Found]) -> list[Found]:
    """By falling score; equals by id, so that the same search gives the same answer."""
    return sorted(found, key=lambda each: (-each.score, each.chunk.chunk_id))
