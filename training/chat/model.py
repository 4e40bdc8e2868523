"""A Llama in plain PyTorch, small enough to train anywhere; weights are named as the exporter expects them.

It reads whole dialogues one after the other in a row, without padding: `starts` says where each begins, and none sees
another.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ("Llama", "Shape")


@dataclass(frozen=True)
class Shape:
    """How large it is. Widths are multiples of 32, the length of the blocks that the exporter quantizes."""

    vocabulary: int
    width: int = 320
    layers: int = 6
    heads: int = 10
    inner: int = 896
    context: int = 2048
    rope_base: float = 10_000.0
    epsilon: float = 1e-5


class Llama(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embeddings = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, shape.epsilon)
        cos, sin = _rotations(shape)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.apply(self._start)

    def hidden(self, tokens: Tensor, positions: Tensor, starts: Tensor) -> Tensor:
        """What the network makes of a row of tokens, (tokens, width), before the logits."""
        x = self.embeddings(tokens)
        cos, sin = self.cos[positions], self.sin[positions]
        for layer in self.layers:
            x = layer(x, cos, sin, starts)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embeddings.weight)

    def _start(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=self.shape.width**-0.5)
        elif isinstance(module, Layer):  # each layer begins as one that adds next to nothing
            with torch.no_grad():
                module.o.weight.mul_(0.1)
                module.down.weight.mul_(0.1)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, inner = shape.width, shape.inner
        self.heads, self.context = shape.heads, shape.context
        self.attention_norm = nn.RMSNorm(width, shape.epsilon)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.mlp_norm = nn.RMSNorm(width, shape.epsilon)
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, starts: Tensor) -> Tensor:
        x = x + self._attend(self.attention_norm(x), cos, sin, starts)
        y = self.mlp_norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))

    def _attend(self, x: Tensor, cos: Tensor, sin: Tensor, starts: Tensor) -> Tensor:
        split = (len(x), self.heads, -1)
        q = _rotate(self.q(x).view(split), cos, sin)
        k = _rotate(self.k(x).view(split), cos, sin)
        v = self.v(x).view(split)
        attended = _in_one_kernel if x.is_cuda else _one_by_one
        return self.o(attended(q, k, v, starts, self.context).reshape(len(x), -1))


def _in_one_kernel(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, context: int) -> Tensor:
    """Causal attention within each dialogue, by FlashAttention's kernel for rows of many.

    Torch's public name for it takes other arguments from one version to the next.
    """
    forward = torch.ops.aten._flash_attention_forward
    return forward(q, k, v, starts, starts, context, context, 0.0, True, False)[0]


def _one_by_one(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, _: int) -> Tensor:
    """The same where there is no such kernel: on a CPU, torch's own attention is slower than doing it in the open."""
    lengths = starts.diff().tolist()
    scaled = q * q.shape[2] ** -0.5
    parts = zip(*(each.transpose(0, 1).split(lengths, dim=1) for each in (scaled, k, v)), strict=True)
    return torch.cat([_attended(*part) for part in parts], dim=1).transpose(0, 1)


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    length = q.shape[1]
    ahead = torch.full((length, length), float("-inf"), dtype=q.dtype, device=q.device).triu(1)
    return torch.softmax(q @ k.mT + ahead, -1) @ v


def _rotations(shape: Shape) -> tuple[Tensor, Tensor]:
    """(context, 1, half a head): how far each pair of a head is turned at each place, the same for all heads."""
    half = shape.width // shape.heads // 2
    speeds = shape.rope_base ** (-torch.arange(half) / half)
    angles = (torch.arange(shape.context)[:, None] * speeds)[:, None]
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (n, n + half) of a head; the exporter reorders the rows to llama.cpp's pairs (2n, 2n + 1)."""
    one, other = x.float().chunk(2, dim=-1)
    return torch.cat((one * cos - other * sin, one * sin + other * cos), dim=-1).to(x.dtype)
