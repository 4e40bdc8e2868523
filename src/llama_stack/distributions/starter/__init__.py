"""starter: everything, each provider enabled by its key or its address in the environment."""

from ..spec import EVERY, Distribution, kept_files

__all__ = ("DISTRIBUTION",)

DISTRIBUTION = Distribution(
    name="starter",
    description="every provider, each enabled by its key or its address in the environment",
    providers={"inference": (EVERY,), "files": ("inline::localfs",)},
    configs=kept_files("starter"),
)
