"""A Llama in plain PyTorch, small enough to train anywhere; weights are named as the exporter expects them.

It reads dialogues one after the other in a row, without padding: each part of the row sees its `Parts.seen`, itself up
to where it is, and nothing else.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .attention import Parts, attention_for, picked

__all__ = ("Llama", "Shape")


@dataclass(frozen=True)
class Shape:
    """How large it is. Widths are multiples of 32, the length of the blocks that the exporter quantizes."""

    vocabulary: int
    width: int = 320
    layers: int = 8
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

    def hidden(self, tokens: Tensor, positions: Tensor, parts: Parts, places: Tensor) -> Tensor:
        """What the network makes of some `places` of a row of tokens, (places, width), before the logits."""
        x = self.embeddings(tokens)
        cos, sin = self.cos[positions], self.sin[positions]
        *layers, last = self.layers
        for layer in layers:
            x = layer(x, cos, sin, parts)
        return self.norm(last(x, cos, sin, parts, places))

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
        self.heads = shape.heads
        self.attention_norm = nn.RMSNorm(width, shape.epsilon)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.mlp_norm = nn.RMSNorm(width, shape.epsilon)
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, parts: Parts, places: Tensor | None = None) -> Tensor:
        """Of all tokens, or of some `places` only, which all see all the same."""
        attended = self._attended(self.attention_norm(x), cos, sin, parts)
        if places is not None:
            x, attended = picked(x, places), picked(attended, places)
        x = x + self.o(attended)
        y = self.mlp_norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))

    def _attended(self, x: Tensor, cos: Tensor, sin: Tensor, parts: Parts) -> Tensor:
        together = torch.cat((self.q.weight, self.k.weight, self.v.weight))  # one product is faster than three
        q, k, v = F.linear(x, together).view(len(x), 3, self.heads, -1).unbind(1)
        q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
        return attention_for(q)(q, k, v, parts).reshape(len(x), -1)


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
