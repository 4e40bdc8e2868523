"""BM25 over the chunks that a backend found to hold a word, where it does not rank them itself."""

import math
from collections import Counter
from collections.abc import Sequence
from heapq import nlargest

__all__ = ("Bm25",)

_SATURATION, _LENGTH = 1.2, 0.75  # k1 and b, as they are usual


class Bm25:
    """Takes every chunk that holds one of the words asked for, and ranks them."""

    def __init__(self, asked: Sequence[str], total: int) -> None:
        """`total`: how many chunks there are, those without any of the words included."""
        self.asked = list(dict.fromkeys(asked))
        self._total = total
        self._seen: dict[str, tuple[list[int], int]] = {}  # chunk → how often it holds each word, its length

    def add(self, chunk_id: str, held: Sequence[str]) -> None:
        counts = Counter(held)
        self._seen[chunk_id] = [counts[word] for word in self.asked], len(held)

    def best(self, limit: int) -> list[tuple[str, float]]:
        """Chunk ids and scores. The lengths are compared with the mean of those that were added."""
        weights = [self._weight(n) for n in range(len(self.asked))]
        mean = sum(length for _, length in self._seen.values()) / max(len(self._seen), 1) or 1.0
        scored = [
            (name, sum(weight * _share(count, length / mean) for weight, count in zip(weights, counts, strict=True)))
            for name, (counts, length) in self._seen.items()
        ]
        return nlargest(limit, (each for each in scored if each[1] > 0), key=lambda each: each[1])

    def _weight(self, n: int) -> float:
        """A word says the more, the fewer chunks hold it."""
        holding = sum(counts[n] > 0 for counts, _ in self._seen.values())
        total = max(self._total, holding)  # more may have come since it was asked
        return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


def _share(count: int, length: float) -> float:
    return count * (_SATURATION + 1) / (count + _SATURATION * (1 - _LENGTH + _LENGTH * length))
