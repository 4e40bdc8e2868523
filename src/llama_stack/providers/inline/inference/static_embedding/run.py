"""One request's way through the table, in steps of bounded work and memory.

A long text is taken in pieces: an embedding is a sum, so pieces that end between two words add up to the same.
"""

import base64
import re
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from .table import Table, Vectors, unit

__all__ = ("Run",)

_PIECE = 16_384  # characters; the tokenizer's memory is some hundred bytes for each
_STEP = 65_536  # characters
_WORDS = re.compile(rf".{{1,{_PIECE}}}(?=\s|$)|.{{1,{_PIECE}}}", re.DOTALL)

Piece = tuple[int, str]  # whose text it is of


class Run:
    """Texts on their way to embeddings: call `embed` with each of `steps` (or `embed_all`), then `answer`."""

    def __init__(self, table: Table, texts: Sequence[str]) -> None:
        self._table = table
        self.sums = np.zeros((len(texts), table.dimension), dtype=np.float32)
        self._tokens = 0
        self.steps = _steps(_pieces(texts))

    def embed(self, step: Sequence[Piece]) -> None:
        sums, counts = self._table.sums([text for _, text in step])
        np.add.at(self.sums, [owner for owner, _ in step], sums)
        self._tokens += int(counts.sum())

    def embed_all(self) -> None:
        for step in self.steps:
            self.embed(step)

    def answer(self, model: str, dimensions: int, as_base64: bool) -> bytes:
        """OpenAI's list of embeddings, in the order of the texts, as JSON."""
        vectors = unit(self.sums[:, :dimensions])
        rows = _base64(vectors) if as_base64 else vectors.tolist()
        return msgspec.json.encode(
            {
                "object": "list",
                "data": [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)],
                "model": model,
                "usage": {"prompt_tokens": self._tokens, "total_tokens": self._tokens},
            }
        )


def _pieces(texts: Sequence[str]) -> Iterator[Piece]:
    for owner, text in enumerate(texts):
        if len(text) <= _PIECE:
            yield owner, text
        else:
            yield from ((owner, found[0]) for found in _WORDS.finditer(text))


def _steps(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    step, size = list[Piece](), 0
    for piece in pieces:
        if step and size + len(piece[1]) > _STEP:
            yield step
            step, size = [], 0
        step.append(piece)
        size += len(piece[1])
    if step:
        yield step


def _base64(vectors: Vectors) -> list[str]:
    return [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in vectors]
