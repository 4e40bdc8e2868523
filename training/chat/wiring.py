"""How attention is wired before it learns: for copying, which most of the tasks are made of.

Copying needs two steps: a head that brings along the token before, and one that looks where the token before was what
the token now is, and brings what stands there. Finding that out by chance takes a small network millions of tokens; so
it starts with it, and learns the rest, and better ways.
"""

import torch
from torch import Tensor, nn

__all__ = ("wire",)

BEFORE = 3  # heads of the first layer that look one token back
FAST = 4  # of a head's turning pairs, those that tell one place from the next
STEADY = 0.6  # of a head's turning pairs, the slow ones: those that hardly turn within a few hundred tokens


def wire(embeddings: Tensor, layers: nn.ModuleList) -> None:
    """The first two layers as described; in the others, heads look at what resembles the token at hand."""
    with torch.no_grad():
        for layer in layers:
            layer.k.weight.copy_(layer.q.weight)
            layer.o.weight.copy_(layer.v.weight.T * 0.05)
            layer.down.weight.mul_(0.1)
        embeddings[:, 0] = embeddings.std()  # the same for each token: by it, a head can look at places alone
        _look_back(layers[0])
        _look_after(layers[1], layers[0])


def _look_back(layer: nn.Module) -> None:
    size = layer.q.weight.shape[0] // layer.heads
    half = size // 2
    speeds, fast = layer.speeds, (torch.arange(half) < FAST).float()
    for head in range(BEFORE):
        rows = slice(head * size, (head + 1) * size)
        layer.q.weight[rows].mul_(0.02)
        layer.k.weight[rows].mul_(0.02)
        # A key looks the same at each place; a query is that key, turned one place on.
        layer.k.weight[rows, 0] = torch.cat((fast, 0 * fast)) * 12
        layer.q.weight[rows, 0] = torch.cat((fast * speeds.cos(), -fast * speeds.sin())) * 12
        seen = nn.init.orthogonal_(torch.empty(size, layer.v.weight.shape[1]))
        layer.v.weight[rows] = seen
        layer.o.weight[:, rows] = nn.init.orthogonal_(torch.empty(size, layer.v.weight.shape[1])).T * 0.2


def _look_after(layer: nn.Module, first: nn.Module) -> None:
    size = layer.q.weight.shape[0] // layer.heads
    slow = torch.linspace(0, 1, size // 2) > 1 - STEADY
    gain = torch.where(torch.cat((slow, slow)), 5.0, 0.2)[:, None]
    for head in range(layer.heads):
        rows, told = slice(head * size, (head + 1) * size), slice(head % BEFORE * size, (head % BEFORE + 1) * size)
        layer.q.weight[rows] = first.v.weight[told] * gain
        layer.k.weight[rows] = first.o.weight[:, told].T / 0.2 * gain
    identity = nn.init.orthogonal_(torch.empty_like(layer.v.weight))
    layer.v.weight.copy_(identity)
    layer.o.weight.copy_(identity.T * 0.3)
