"""From one vector for each token to one for each text."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("POOLING_MODES", "Vectors", "normalized", "pooled")

Vectors = NDArray[np.float32]
Array = NDArray[Any]  # float32 throughout; numpy's types lose sight of it


def pooled(hidden: Array, mask: Array, modes: Sequence[str]) -> Vectors:
    """`hidden` is (text, token, dimension), `mask` 1 for each token that is no padding. Modes are joined end to end."""
    weights = mask.astype(np.float32)
    return np.concatenate([POOLING_MODES[mode](hidden, weights) for mode in modes], axis=1, dtype=np.float32)


def normalized(vectors: Array) -> Vectors:
    """The vectors scaled to length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def _total(hidden: Array, weights: Array) -> Array:
    total: Array = np.matmul(weights[:, None, :], hidden)[:, 0]
    return total


def _count(weights: Array) -> Array:
    count: Array = np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    return count


def _later_weighs_more(hidden: Array, weights: Array) -> Array:
    rising = weights * np.arange(1, weights.shape[1] + 1, dtype=np.float32)
    return _total(hidden, rising) / _count(rising)


def _last(hidden: Array, weights: Array) -> Array:
    last: Array = hidden[np.arange(len(hidden)), weights.sum(axis=1).astype(np.int64) - 1]
    return last


# By sentence-transformers' names.
POOLING_MODES: dict[str, Callable[[Array, Array], Array]] = {
    "cls": lambda hidden, weights: hidden[:, 0],
    "mean": lambda hidden, weights: _total(hidden, weights) / _count(weights),
    "max": lambda hidden, weights: np.where(weights[:, :, None] > 0, hidden, -np.inf).max(axis=1),
    "mean_sqrt_len_tokens": lambda hidden, weights: _total(hidden, weights) / np.sqrt(_count(weights)),
    "weightedmean": _later_weighs_more,
    "lasttoken": _last,
}
