"""Okapi BM25, the measure that a model without words in common has to beat."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ("bm25",)

_K, _B = 1.2, 0.75


def bm25(queries: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
    """The score of each text (column) for each query (row)."""
    counts = [Counter(_words(text)) for text in texts]
    lengths = np.array([count.total() for count in counts], dtype=np.float32)
    spread = _K * (1 - _B + _B * lengths / lengths.mean())
    holding = Counter(word for count in counts for word in count)
    weights = dict[str, NDArray[np.float32]]()
    for word in {word for query in queries for word in _words(query)}:
        often = np.array([count[word] for count in counts], dtype=np.float32)
        rarity = np.log(1 + (len(texts) - holding[word] + 0.5) / (holding[word] + 0.5))
        weights[word] = rarity * often * (_K + 1) / (often + spread)
    return np.stack([np.sum([weights[word] for word in _words(query)], axis=0) for query in queries])


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
