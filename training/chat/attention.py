"""Causal attention within the parts of a row of dialogues, one way for each kind of machine.

Each takes queries, keys and values, (tokens, heads, width of a head), and gives what is attended to, of the same shape.
"""

import ctypes
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

__all__ = ("Parts", "attention_for", "picked")

_SOURCE = Path(__file__).with_name("attention.cpp")
_WIDTH = 32  # of a head, in the source
_COMPILER = ("g++", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC")


@dataclass
class Parts:
    """Of a row: where each starts; the places that each sees, its own at the end; where those of each start; how many
    they are at most."""

    starts: Tensor
    seen: Tensor
    seen_starts: Tensor
    most: int


Attention = Callable[[Tensor, Tensor, Tensor, Parts], Tensor]


def attention_for(q: Tensor) -> Attention:
    if q.is_cuda:
        return _in_one_kernel
    if q.dtype == torch.bfloat16 and q.shape[2] == _WIDTH and _library() is not None:
        return _in_blocks
    return _one_by_one


def _in_one_kernel(q: Tensor, k: Tensor, v: Tensor, parts: Parts) -> Tensor:
    """By FlashAttention's kernel for rows of many: where a part sees more than itself, its last token sees all, the one
    before all but one, and so on.

    Torch's public name for it takes other arguments from one version to the next.
    """
    forward = torch.ops.aten._flash_attention_forward
    k, v = picked(torch.stack((k, v), dim=1), parts.seen).unbind(1)
    return forward(q, k, v, parts.starts, parts.seen_starts, parts.most, parts.most, 0.0, True, False)[0]


def picked(rows: Tensor, places: Tensor) -> Tensor:
    """`rows[places]`, one row often. What its gradients are is added up as they come; torch would sort them first."""
    chosen: Tensor = _Picked.apply(rows, places)
    return chosen


class _Picked(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.count = len(rows)
        return rows[places]

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        added = torch.zeros(ctx.count, *grad.shape[1:], device=grad.device)
        return added.index_add_(0, places, grad.float()).to(grad.dtype), None


def _one_by_one(q: Tensor, k: Tensor, v: Tensor, parts: Parts) -> Tensor:
    """On any CPU; torch's own attention is slower there than doing it in the open."""
    lengths, seen = parts.starts.diff().tolist(), parts.seen_starts.diff().tolist()
    scaled = q * q.shape[2] ** -0.5
    queries = scaled.transpose(0, 1).split(lengths, dim=1)
    keys, values = (each[parts.seen].transpose(0, 1).split(seen, dim=1) for each in (k, v))
    together = zip(queries, keys, values, strict=True)
    return torch.cat([_attended(*part) for part in together], dim=1).transpose(0, 1)


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    length, seen = q.shape[1], k.shape[1]
    ahead = torch.full((length, seen), float("-inf"), dtype=q.dtype, device=q.device).triu(1 + seen - length)
    return torch.softmax(q @ k.mT + ahead, -1) @ v


@torch.compiler.disable
def _in_blocks(q: Tensor, k: Tensor, v: Tensor, parts: Parts) -> Tensor:
    """On CPUs that multiply bfloat16, by `attention.cpp`: several times as fast."""
    attended: Tensor = _Blocks.apply(q, k, v, _begun(parts))
    return attended


class _Blocks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, begun: Tensor) -> Tensor:
        q, k, v = q.contiguous(), k.contiguous(), v.contiguous()
        out, logs = torch.empty_like(q), torch.empty(q.shape[1], q.shape[0])
        _call("forward", (q, k, v, out, logs), q, begun)
        ctx.save_for_backward(q, k, v, out, logs, begun)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, out, logs, begun = ctx.saved_tensors
        grads = tuple(torch.empty_like(q) for _ in range(3))
        _call("backward", (q, k, v, out, logs, grad.contiguous(), *grads), q, begun)
        return *grads, None


def _call(name: str, tensors: tuple[Tensor, ...], q: Tensor, begun: Tensor) -> None:
    library = _library()
    assert library is not None
    places = (ctypes.c_void_p(each.data_ptr()) for each in tensors)
    tokens, heads, _ = q.shape
    getattr(library, name)(*places, tokens, heads, ctypes.c_void_p(begun.data_ptr()), len(begun))


def _begun(parts: Parts) -> Tensor:
    """(parts, 4): where each starts, how long it is, where its beginning starts, how long that is."""
    starts, lengths = parts.starts[:-1], parts.starts.diff()
    before = parts.seen_starts.diff() - lengths
    return torch.stack((starts, lengths, parts.seen[parts.seen_starts[:-1]], before), dim=1).int().contiguous()


@cache
def _library() -> ctypes.CDLL | None:
    """Compiled for this process, in a folder that nobody else can write to; None where it cannot be."""
    if platform.system() != "Linux" or "avx512_bf16" not in Path("/proc/cpuinfo").read_text(encoding="utf-8"):
        return None
    if shutil.which(_COMPILER[0]) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "attention.so"
        command = [*_COMPILER, str(_SOURCE), "-o", str(made)]
        if subprocess.run(command, check=False).returncode:  # noqa: S603 - our own source
            sys.stderr.write(f"{_SOURCE.name} was not compiled, see above: training goes on at half the pace\n")
            return None
        try:
            return ctypes.CDLL(str(made))  # once loaded, the file is not needed
        except OSError as error:  # a folder for temporary files that nothing may be run from
            sys.stderr.write(f"{_SOURCE.name} was not loaded ({error}): training goes on at half the pace\n")
            return None
