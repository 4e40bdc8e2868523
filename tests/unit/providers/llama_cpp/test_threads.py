"""With how many threads a model runs."""

import os
from pathlib import Path

import pytest

from llama_stack.providers.inline.inference.llama_cpp import LlamaCppConfig
from llama_stack.providers.inline.inference.llama_cpp.engine import threads_of

TINY, LARGE = 9_000_000, 900_000_000


@pytest.mark.parametrize(
    ("size", "given", "expected"),
    [
        (TINY, None, (1, min(4, os.cpu_count() or 1))),
        (TINY, 3, (3, 3)),
        (LARGE, None, (None, None)),
        (LARGE, 3, (3, 3)),
    ],
)
def test_a_tiny_model_writes_with_one_thread_unless_told_otherwise(
    tmp_path: Path, size: int, given: int | None, expected: tuple[int | None, int | None]
) -> None:
    path = tmp_path / "model.gguf"
    path.touch()
    os.truncate(path, size)
    assert tuple(threads_of(LlamaCppConfig(threads=given), path).values()) == expected
