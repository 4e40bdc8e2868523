"""One request's way through a model, in steps between which others get their turn."""

import base64
from collections.abc import Sequence

import msgspec
import numpy as np

from .encoder import Encoder, batches
from .pooling import Vectors, normalized

__all__ = ("Run",)


class Run:
    """Texts on their way to embeddings: call `embed` with each of `batches`, then `answer`."""

    def __init__(self, encoder: Encoder, texts: Sequence[str], *, prompt: str, batch_size: int) -> None:
        self.encoder = encoder
        self.tokens = encoder.tokenize(texts, prompt)
        self.batches = list(batches([len(row) for row in self.tokens], batch_size))
        self.vectors = np.empty((len(texts), encoder.recipe.dimension), dtype=np.float32)

    def embed(self, batch: Sequence[int]) -> None:
        self.vectors[batch] = self.encoder.embed([self.tokens[index] for index in batch])

    def answer(self, model: str, *, dimensions: int | None, as_base64: bool) -> bytes:
        """OpenAI's list of embeddings, in the order of the texts, as JSON."""
        vectors = self.vectors
        if dimensions is not None and dimensions < vectors.shape[1]:
            vectors = normalized(vectors[:, :dimensions])
        count = sum(map(len, self.tokens))
        rows = _base64(vectors) if as_base64 else vectors.tolist()
        return msgspec.json.encode(
            {
                "object": "list",
                "data": [{"object": "embedding", "index": i, "embedding": row} for i, row in enumerate(rows)],
                "model": model,
                "usage": {"prompt_tokens": count, "total_tokens": count},
            }
        )


def _base64(vectors: Vectors) -> list[str]:
    return [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in vectors]
