"""How many tokens texts have, exactly, without a download: OpenAI's cl100k_base comes with the package `toktok-rs`."""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ("TOKENIZER", "count", "count_each", "count_metadata")

TOKENIZER = "cl100k_base"


def count_each(texts: Sequence[str]) -> list[int]:
    """The tokens in each text. Lets other threads run meanwhile."""
    from toktok import batch_count

    counts: list[int] = batch_count(texts, TOKENIZER, threads=1)
    return counts


def count(text: str) -> int:
    return count_each([text])[0]


def count_metadata(metadata: Mapping[str, Any]) -> int:
    """The tokens of metadata, written a line for each."""
    return count("\n".join(f"{name}: {value}" for name, value in metadata.items()))
