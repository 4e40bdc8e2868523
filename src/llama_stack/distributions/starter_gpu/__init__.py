"""starter-gpu: the starter, with local models on the graphics card."""

from ..spec import EVERY, Distribution, kept_files

__all__ = ("DISTRIBUTION",)

DISTRIBUTION = Distribution(
    name="starter-gpu",
    description="the starter distribution, with local models on the graphics card",
    providers={"inference": (EVERY,), "files": ("inline::localfs",)},
    configs={**kept_files("starter-gpu"), "inline::llama-cpp": {"gpu_layers": "${env.GPU_LAYERS:=-1}"}},
)
