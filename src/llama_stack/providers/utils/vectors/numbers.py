"""Vectors as they travel (float32, little-endian, row after row) and as numbers."""

import math
from collections.abc import Iterable, Sequence
from struct import pack, unpack

from ....apis.errors import BadRequestError
from ....apis.vector_io.index import StoreSpec

__all__ = ("floats", "packed", "rows")

_SIZE = 4  # bytes of a float32


def rows(store: StoreSpec, vectors: bytes, count: int) -> list[tuple[float, ...]]:
    """`count` vectors of the store's dimension. Raises `BadRequestError` for others."""
    width = store.dimension * _SIZE
    if len(vectors) != count * width:
        each, rest = divmod(len(vectors), max(count, 1) * _SIZE)
        given = f"dimension {each}" if count and not rest else f"{len(vectors)} bytes for {count} chunks"
        raise BadRequestError(f"{store.store_id} takes vectors of dimension {store.dimension}, not {given}")
    return [_finite(floats(vectors[start : start + width])) for start in range(0, count * width, width)]


def floats(vector: bytes) -> tuple[float, ...]:
    return unpack(f"<{len(vector) // _SIZE}f", vector)


def packed(vector: Iterable[float]) -> bytes:
    numbers: Sequence[float] = tuple(vector)
    return pack(f"<{len(numbers)}f", *numbers)


def _finite(vector: tuple[float, ...]) -> tuple[float, ...]:
    if not math.isfinite(sum(vector)):  # the sum of float32s cannot overflow, but keeps NaN and infinity
        raise BadRequestError("a vector holds NaN or infinity: nothing is near it")
    return vector
