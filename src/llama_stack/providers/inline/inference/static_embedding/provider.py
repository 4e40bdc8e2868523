"""Embeddings without a network, a key or a model to fetch: a table of token vectors that comes with this package.

A text's embedding is the sum of its tokens' vectors, scaled to length one. docs/models/static-embedding.md says how
the vectors were learned and how good they are. The table is opened when the first text comes.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .....apis.errors import BadRequestError, ModelNotFoundError, UnsupportedError
from .....apis.inference import Embeddings, EmbeddingsRequest
from .....apis.models import Model
from ....config import ProviderConfig

if TYPE_CHECKING:  # numpy and tokenizers are imported when the table is opened
    from .run import Run

__all__ = ("DIMENSION", "FOLDER", "MODEL", "StaticEmbedding", "StaticEmbeddingConfig")

MODEL = "llama-stack-static-embedding-v1"
DIMENSION = 256
FOLDER = Path(__file__).parent / "model"

_FACTS = {"embedding_dimension": DIMENSION}
_INLINE = 4_000  # characters, about a millisecond's work: waking a thread would take longer than it spares
_PER_TEXT = 50  # what a text costs beside its characters, in characters


class StaticEmbeddingConfig(ProviderConfig):
    """There is nothing to set."""


class StaticEmbedding:
    """Serves one model: 256 dimensions, of which the first are an embedding too; length one; texts of any length."""

    def __init__(self, config: StaticEmbeddingConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        self._begin: Callable[[Sequence[str]], Run] | None = None

    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        texts, dimensions = _texts(request), _dimensions(request)
        if self._begin is None:
            self._begin = await asyncio.to_thread(_open)
        run = self._begin(texts)
        answer = (request.model, dimensions, request.encoding_format == "base64")
        if _cost(texts) <= _INLINE:
            run.embed_all()
            return Embeddings.from_wire(run.answer(*answer))
        for step in run.steps:  # between two of them others get their turn, and a caller who left is noticed
            await asyncio.to_thread(run.embed, step)
        return Embeddings.from_wire(await asyncio.to_thread(run.answer, *answer))

    async def list_models(self) -> list[Model]:
        model = Model(
            identifier=MODEL,
            provider_id=self.provider_id,
            provider_resource_id=MODEL,
            source="listed",
            model_type="embedding",
            metadata=_FACTS,
        )
        return [model]

    async def register_model(self, model: Model) -> Model:
        """The model under a name of the caller's choice. Raises `ModelNotFoundError` for any other model."""
        if model.provider_resource_id != MODEL:
            raise ModelNotFoundError(f"{self.provider_id} has no model {model.provider_resource_id!r}, only {MODEL}")
        return model.model_copy(update={"model_type": "embedding", "metadata": model.metadata | _FACTS})


def _open() -> "Callable[[Sequence[str]], Run]":
    from .run import Run
    from .table import Table

    return partial(Run, Table(FOLDER))


def _cost(texts: Sequence[str]) -> int:
    return sum(map(len, texts)) + _PER_TEXT * len(texts)


def _texts(request: EmbeddingsRequest) -> list[str]:
    given = [request.input] if isinstance(request.input, str) else request.input
    texts = [text for text in given if isinstance(text, str)]
    if len(texts) != len(given):
        message = "input must be text: token ids belong to one model's vocabulary, and are not accepted here"
        raise BadRequestError(message, param="input")
    return texts


def _dimensions(request: EmbeddingsRequest) -> int:
    wanted = request.dimensions or DIMENSION
    if wanted > DIMENSION:
        message = f"{MODEL} makes vectors of at most {DIMENSION} dimensions; {wanted} were asked for"
        raise UnsupportedError(message, param="dimensions")
    return wanted
