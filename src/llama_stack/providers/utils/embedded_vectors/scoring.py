"""How near vectors are, exactly.

Under the cosine, rows are kept at length one; a row of zeros stays as it is, and its cosine with anything counts as 0.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ....apis.errors import BadRequestError
from ....apis.vector_io.index import Metric, StoreSpec

__all__ = ("Matrix", "best", "numbers", "prepared", "scores")

Matrix = NDArray[np.float32]

_LONGEST = 1e18  # of a vector's length, so that no score overflows
# Numbers that are multiplied at a time. It fits the processor's caches, and above half a million the library would
# start threads of its own: on a busy machine their meeting again takes longer than the work.
_BLOCK = 1 << 18


def numbers(store: StoreSpec, vectors: bytes, count: int) -> Matrix:
    """`count` vectors of the store's dimension. Raises `BadRequestError` for others, and where no score can be had."""
    if len(vectors) != count * store.dimension * 4:
        each, rest = divmod(len(vectors), max(count, 1) * 4)
        given = f"dimension {each}" if count and not rest else f"{len(vectors)} bytes for {count} chunks"
        raise BadRequestError(f"{store.store_id} takes vectors of dimension {store.dimension}, not {given}")
    rows = np.frombuffer(vectors, "<f4").reshape(count, store.dimension)
    if not (_lengths(rows) < _LONGEST).all():  # true of NaN as well
        raise BadRequestError(f"a vector holds NaN or infinity, or is longer than {_LONGEST:g}: nothing is near it")
    return rows


def prepared(metric: Metric, rows: Matrix) -> Matrix:
    """Vectors as they are compared."""
    if metric != "cosine":
        return rows
    lengths = _lengths(rows)
    lengths[lengths == 0] = 1
    return np.asarray(rows / lengths[:, None], np.float32)


def _lengths(rows: Matrix) -> NDArray[np.float64]:
    """In double precision: the squares of very long and very short vectors have no place in single precision."""
    return np.concatenate([np.sqrt(np.einsum("ij,ij->i", part, part, dtype=np.float64)) for part in _parts(rows)])


def _parts(rows: Matrix) -> Iterator[Matrix]:
    for start in range(0, max(len(rows), 1), 4096):
        yield rows[start : start + 4096]


def scores(metric: Metric, rows: Matrix, query: Matrix, only: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
    """The similarity of prepared rows with a prepared vector: of all of them, or only of some, in their order."""
    count = len(rows) if only is None else len(only)
    found = np.empty(count, np.float32)
    step = max(1, _BLOCK // len(query))
    room = np.empty((min(step, count), len(query)), np.float32)
    for start in range(0, count, step):
        end = min(start + step, count)
        block = rows[start:end]
        if only is not None:
            block = np.take(rows, only[start:end], axis=0, out=room[: end - start], mode="clip")  # the mode in place
        _SIMILARITY[metric](block, query, room[: end - start], found[start:end])
    return found


def _product(block: Matrix, query: Matrix, room: Matrix, found: NDArray[np.float32]) -> None:
    np.dot(block, query, out=found)


def _minus_distance(block: Matrix, query: Matrix, room: Matrix, found: NDArray[np.float32]) -> None:
    # Of the differences, not by |a|² + |b|² - 2ab: that loses all digits where vectors are long and near each other.
    np.subtract(block, query, out=room)
    np.einsum("ij,ij->i", room, room, out=found)
    np.negative(np.sqrt(found, out=found), out=found)


_SIMILARITY = {"cosine": _product, "dot": _product, "l2": _minus_distance}


def best(found: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
    """The places of the highest scores, the best first; of equal ones the earlier."""
    if limit >= len(found):
        return np.argsort(-found, kind="stable")
    chosen = np.sort(np.argpartition(found, -limit)[-limit:])
    return np.asarray(chosen[np.argsort(-found[chosen], kind="stable")], np.int64)
