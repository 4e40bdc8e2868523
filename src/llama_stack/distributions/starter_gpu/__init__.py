"""starter-gpu: the starter, with local models on the graphics card."""

from ..spec import EVERY, VECTOR_STORES, Distribution, kept

__all__ = ("DISTRIBUTION",)

DISTRIBUTION = Distribution(
    name="starter-gpu",
    description="the starter distribution, with local models on the graphics card",
    providers={
        "inference": (EVERY,),
        "files": ("inline::localfs",),
        "file_processors": ("inline::auto",),
        "vector_io": VECTOR_STORES,
        "tool_runtime": ("inline::rag-runtime",),
    },
    configs={**kept("starter-gpu"), "inline::llama-cpp": {"gpu_layers": "${env.GPU_LAYERS:=-1}"}},
)
