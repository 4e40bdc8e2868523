"""ONNX graphs, written node by node, whose weights stay in memory.

An ONNX file is a protobuf message of few kinds of fields; writing them takes fewer lines than depending on the
`onnx` package, and the weights need no second copy on disk: the runtime is handed the arrays.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("FLOAT", "INT64", "Graph")

FLOAT, INT64 = 1, 7  # TensorProto.DataType
_IR_VERSION, _OPSET, _MICROSOFT_OPSET = 10, 20, 1

Shape = Sequence[int | str]  # a name where the size varies


class Graph:
    """A graph under construction. `weights` goes to the session beside `encode()`."""

    def __init__(self) -> None:
        self.weights: dict[str, NDArray[np.float32]] = {}
        self._nodes: list[bytes] = []
        self._tensors: list[bytes] = []

    def weight(self, name: str, array: NDArray[np.float32]) -> str:
        """A tensor that the session is given at load time."""
        self.weights[name] = np.ascontiguousarray(array, dtype=np.float32)
        # The runtime wants a place in a file, and does not look there for what it is given.
        place = {"location": name, "offset": "0", "length": str(array.nbytes)}
        entries = [_field(13, _field(1, key) + _field(2, value)) for key, value in place.items()]
        self._tensors.append(_tensor(name, FLOAT, array.shape) + b"".join(entries) + _field(14, 1))
        return name

    def constant(self, *values: int | float) -> str:
        """A short list of integers, or of floats, as part of the graph."""
        name, is_int = f"constant_{len(self._tensors)}", isinstance(values[0], int)
        raw = np.array(values, dtype="<i8" if is_int else "<f4").tobytes()
        self._tensors.append(_tensor(name, INT64 if is_int else FLOAT, [len(values)]) + _field(9, raw))
        return name

    def node(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Apply an operator; the name of its first output."""
        output = f"{op}_{len(self._nodes)}"
        message = b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, op)
        message += b"".join(_field(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(message + _field(7, domain))
        return output

    def encode(self, inputs: Mapping[str, tuple[int, Shape]], outputs: Mapping[str, tuple[int, Shape]]) -> bytes:
        """The model, with inputs and outputs given as name -> (type, shape)."""
        graph = b"".join(_field(1, node) for node in self._nodes) + _field(2, "graph")
        graph += b"".join(_field(5, tensor) for tensor in self._tensors)
        graph += b"".join(_field(11, _value(name, *kind)) for name, kind in inputs.items())
        graph += b"".join(_field(12, _value(name, *kind)) for name, kind in outputs.items())
        opsets = [_field(2, _OPSET), _field(1, "com.microsoft") + _field(2, _MICROSOFT_OPSET)]
        return _field(1, _IR_VERSION) + b"".join(_field(8, opset) for opset in opsets) + _field(7, graph)


# ---- messages of onnx.proto: what each number means stands there


def _tensor(name: str, kind: int, shape: Sequence[int]) -> bytes:
    return b"".join(_field(1, size) for size in shape) + _field(2, kind) + _field(8, name)


def _value(name: str, kind: int, shape: Shape) -> bytes:
    sizes = b"".join(_field(1, _field(2 if isinstance(size, str) else 1, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, sizes)))


def _attribute(name: str, value: Any) -> bytes:
    match value:
        case float():
            return _field(1, name) + _field(2, value) + _field(20, 1)
        case int():
            return _field(1, name) + _field(3, value) + _field(20, 2)
        case str():
            return _field(1, name) + _field(4, value) + _field(20, 3)
        case _:
            return _field(1, name) + b"".join(_field(8, item) for item in value) + _field(20, 7)


# ---- protobuf


def _field(number: int, value: int | float | str | bytes) -> bytes:
    match value:
        case int():
            return _varint(number << 3) + _varint(value)
        case float():
            return _varint(number << 3 | 5) + struct.pack("<f", value)
        case _:
            raw = value.encode() if isinstance(value, str) else value
            return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
