"""ci-tests: the starter with test doubles, which leaves nothing behind on disk."""

from ..spec import EVERY, MEMORY, Distribution

__all__ = ("DISTRIBUTION",)

DISTRIBUTION = Distribution(
    name="ci-tests",
    description="the starter distribution with test doubles, all in memory: for tests",
    providers={
        "inference": (EVERY, "inline::echo", "inline::scripted"),
        "files": ("inline::localfs",),
        "vector_io": ("inline::sqlite",),
        "tool_runtime": ("inline::rag-runtime",),
    },
    backends=MEMORY,
)
