"""Tensors of a safetensors file, as float32."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .....apis.errors import UnavailableError

__all__ = ("Weights", "read_weights")

Weights = dict[str, NDArray[np.float32]]

_HEADER_LIMIT = 100_000_000  # the format's own


def read_weights(path: Path) -> Weights:
    """The file's float tensors by name. Those that are float32 in it stay on disk until they are used."""
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        size = int.from_bytes(data[:8].tobytes(), "little")
        if not 0 < size <= min(_HEADER_LIMIT, len(data) - 8):
            raise ValueError("its header is longer than the file")
        header = json.loads(data[8 : 8 + size].tobytes())
        body = data[8 + size :]
        return {name: _tensor(body, entry) for name, entry in header.items() if entry.get("dtype") in _DECODE}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnavailableError(f"{path} is not a sound safetensors file: {error}") from error


def _tensor(body: NDArray[np.uint8], entry: dict[str, Any]) -> NDArray[np.float32]:
    start, end = entry["data_offsets"]
    if not 0 <= start <= end <= len(body):
        raise ValueError("a tensor ends beyond the file: it was cut short")
    floats = _DECODE[entry["dtype"]](body[start:end])
    return np.require(floats.reshape(entry["shape"]), np.float32, ["C", "A"])  # a copy only where it is not aligned


def _from_bfloat16(raw: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A bfloat16 is the upper half of a float32."""
    return (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)


_DECODE: dict[str, Callable[[NDArray[np.uint8]], NDArray[Any]]] = {
    "F32": lambda raw: raw.view("<f4"),
    "F16": lambda raw: raw.view("<f2").astype(np.float32),
    "BF16": _from_bfloat16,
}
