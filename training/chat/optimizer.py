"""Muon for the matrices of the layers, Adam for the rest.

Muon moves a matrix along its momentum with all singular values made one (by a few Newton-Schulz steps), so that rare
directions are learned as fast as common ones; on networks this small it needs about half the text that Adam does.
Matrices of one shape are moved together, which a GPU needs to be quick.
"""

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

from .model import Llama

__all__ = ("Optimizers",)

_STEPS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)


class Muon(torch.optim.Optimizer):
    def __init__(self, params: Iterable[Tensor], rate: float, momentum: float = 0.95, decay: float = 0.01) -> None:
        by_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
        for param in params:
            by_shape[param.shape].append(param)
        groups = [{"params": alike} for alike in by_shape.values()]
        super().__init__(groups, {"lr": rate, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            matrices: list[Tensor] = group["params"]
            gradients = torch.stack([matrix.grad for matrix in matrices if matrix.grad is not None])
            moved = self.state[matrices[0]].setdefault("momentum", torch.zeros_like(gradients))
            moved.lerp_(gradients, 1 - group["momentum"])
            directions = _orthogonal(gradients.lerp(moved, group["momentum"]))
            stretch = max(1.0, matrices[0].shape[0] / matrices[0].shape[1]) ** 0.5
            torch._foreach_mul_(matrices, 1 - group["lr"] * group["decay"])
            torch._foreach_add_(matrices, list(directions.unbind()), alpha=-group["lr"] * stretch)


class Optimizers:
    """Both, at one pace."""

    def __init__(self, model: Llama, *, matrices: float = 0.02, others: float = 2e-3) -> None:
        inside = [weight for weight in model.layers.parameters() if weight.ndim == 2]
        chosen = {id(weight) for weight in inside}
        outside = [weight for weight in model.parameters() if id(weight) not in chosen]
        self._both = (Muon(inside, matrices), torch.optim.Adam(outside, others, betas=(0.9, 0.95)))
        self._rates = (matrices, others)

    def step(self, pace: float) -> None:
        """`pace`: the share of the full rate."""
        for optimizer, rate in zip(self._both, self._rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * pace
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state_dict(self) -> list[dict[str, object]]:
        return [optimizer.state_dict() for optimizer in self._both]

    def load_state_dict(self, kept: list[dict[str, object]]) -> None:
        for optimizer, state in zip(self._both, kept, strict=True):
            optimizer.load_state_dict(state)


def _orthogonal(matrices: Tensor) -> Tensor:
    """Of each of (matrices, rows, columns)."""
    a, b, c = _COEFFICIENTS
    x = matrices.bfloat16()
    tall = x.shape[1] > x.shape[2]
    x = x.mT if tall else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return (x.mT if tall else x).to(matrices.dtype)
