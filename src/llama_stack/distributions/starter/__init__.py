"""starter: everything, each provider enabled by its key or its address in the environment."""

from ..spec import EVERY, VECTOR_STORES, Distribution, kept

__all__ = ("DISTRIBUTION",)

DISTRIBUTION = Distribution(
    name="starter",
    description="every provider, each enabled by its key or its address in the environment",
    providers={
        "inference": (EVERY,),
        "files": ("inline::localfs",),
        "file_processors": ("inline::auto",),
        "vector_io": VECTOR_STORES,
        "tool_runtime": ("inline::rag-runtime",),
    },
    configs=kept("starter"),
)
