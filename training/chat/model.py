"""The network: a small Llama, as llama.cpp knows it (RMSNorm, rotary positions, SwiGLU, tied embeddings)."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from .wiring import wire

__all__ = ("Llama", "Shape")

SHORT = 400


@dataclass(frozen=True)
class Shape:
    """How large it is."""

    vocabulary: int
    width: int = 192
    layers: int = 4
    heads: int = 6
    inner: int = 512
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
        wire(self.embeddings.weight, self.layers)

    def hidden(self, tokens: Tensor) -> Tensor:
        """What the network makes of (rows, positions) of tokens, before the logits."""
        length = tokens.shape[1]
        x = self.embeddings(tokens)
        cos, sin = self.cos[:length], self.sin[:length]
        for layer in self.layers:
            x = layer(x, cos, sin)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embeddings.weight)

    def _start(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=self.shape.width**-0.5)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, inner = shape.width, shape.inner
        self.heads = shape.heads
        self.speeds = _speeds(shape)
        self.attention_norm = nn.RMSNorm(width, shape.epsilon)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.mlp_norm = nn.RMSNorm(width, shape.epsilon)
        self.gate, self.up = nn.Linear(width, inner, bias=False), nn.Linear(width, inner, bias=False)
        self.down = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self._attend(self.attention_norm(x), cos, sin)
        y = self.mlp_norm(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))

    def _attend(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        rows, length, width = x.shape
        split = (rows, length, self.heads, width // self.heads)
        q = _rotate(self.q(x).view(split).transpose(1, 2), cos, sin)
        k = _rotate(self.k(x).view(split).transpose(1, 2), cos, sin)
        v = self.v(x).view(split).transpose(1, 2)
        y = _attended(q, k, v)
        return self.o(y.transpose(1, 2).reshape(rows, length, width))


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention. On a CPU, torch's own is two to four times slower on short rows than doing it in the open."""
    length = q.shape[2]
    if q.is_cuda or length > SHORT:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    ahead = torch.full((length, length), float("-inf"), dtype=q.dtype).triu(1)
    return torch.softmax((q * q.shape[3] ** -0.5) @ k.transpose(-1, -2) + ahead, -1) @ v


def _rotations(shape: Shape) -> tuple[Tensor, Tensor]:
    angles = torch.arange(shape.context)[:, None] * _speeds(shape)
    return angles.cos(), angles.sin()


def _speeds(shape: Shape) -> Tensor:
    """How far each pair of a head turns from one place to the next."""
    half = shape.width // shape.heads // 2
    return shape.rope_base ** (-torch.arange(half) / half)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn each pair (n, n + half) of a head; the exporter reorders the rows to llama.cpp's pairs (2n, 2n + 1)."""
    one, other = x.chunk(2, dim=-1)
    return torch.cat((one * cos - other * sin, one * sin + other * cos), dim=-1).to(x.dtype)
