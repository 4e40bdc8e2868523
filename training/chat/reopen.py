"""From GGUF back to where training goes on: `python -m training.chat.reopen MODEL.gguf WORK`.

Writes WORK/start.pt, which `train` begins with instead of chance, and the model's own WORK/tokenizer.json. The weights
are those that the file holds: eight bits each, which costs next to nothing. A network that is now deeper gets its
further layers between those that it had, each a copy of the one before that adds nothing yet: at first it answers as it
did.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from numpy.typing import NDArray

from .export import named
from .model import Llama, Shape

__all__ = ("reopen",)

Array = NDArray[Any]


def reopen(model: Path, work: Path) -> None:
    reader = GGUFReader(model)
    tokens, merges = (_texts(reader, f"tokenizer.ggml.{name}") for name in ("tokens", "merges"))
    kept = {"vocabulary": {token: number for number, token in enumerate(tokens)}, "merges": merges}
    work.mkdir(parents=True, exist_ok=True)
    (work / "tokenizer.json").write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")
    shape = Shape(len(tokens))
    held = {tensor.name: dequantize(tensor.data, tensor.tensor_type) for tensor in reader.tensors}
    layers = _layers(int(reader.fields["llama.block_count"].contents()), shape.layers)
    weights = {}
    for name in Llama(shape).state_dict():
        source, new = _source(name, layers)
        weights[name] = _weights(name, held[named(source)], shape)
        if new and name.split(".")[-2] in ("o", "down"):
            weights[name].zero_()
    torch.save(weights, work / "start.pt")


def _layers(had: int, wanted: int) -> list[tuple[int, bool]]:
    """For each layer the one in the file that it is made of, and whether it is one more; these lie evenly apart."""
    further = wanted - had
    if not 0 <= further <= had:
        raise SystemExit(
            f"the model has {had} layers: no network of {wanted} can be made of it, only of {had} to {2 * had}"
        )
    more = {(2 * number + 1) * had // (2 * further) for number in range(further)}
    return [each for layer in range(had) for each in ((layer, False), *([(layer, True)] if layer in more else []))]


def _source(name: str, layers: list[tuple[int, bool]]) -> tuple[str, bool]:
    if found := re.fullmatch(r"layers\.(\d+)\.(.*)", name):
        layer, new = layers[int(found[1])]
        return f"layers.{layer}.{found[2]}", new
    return name, False


def _texts(reader: GGUFReader, name: str) -> list[str]:
    field = reader.fields[name]
    return [bytes(field.parts[place]).decode() for place in field.data]


def _weights(name: str, weights: Array, shape: Shape) -> torch.Tensor:
    if name.split(".")[-2] in ("q", "k"):
        weights = _halved(weights, shape.heads)
    return torch.from_numpy(np.array(weights, np.float32))


def _halved(weights: Array, heads: int) -> Array:
    """The halves of a head apart again, which llama.cpp has side by side."""
    rows, columns = weights.shape
    return weights.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


if __name__ == "__main__":
    reopen(Path(sys.argv[1]), Path(sys.argv[2]))
