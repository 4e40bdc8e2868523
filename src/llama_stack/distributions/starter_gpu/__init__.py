"""starter-gpu: the starter, with local models on the graphics card."""

from ..spec import EVERY, Distribution

__all__ = ("DISTRIBUTION",)

DISTRIBUTION = Distribution(
    name="starter-gpu",
    description="the starter distribution, with local models on the graphics card",
    providers={"inference": (EVERY,)},
    configs={"inline::llama-cpp": {"gpu_layers": "${env.GPU_LAYERS:=-1}"}},
)
