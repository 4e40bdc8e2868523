"""Texts into vectors, through whichever model a store has."""

import array
import base64
import sys
from collections.abc import Sequence

from ...apis import Inference, Models
from ...apis.errors import BadRequestError, ModelNotFoundError, StackError
from ...apis.inference import EmbeddingsRequest
from ..config.vector_stores import ModelReference

__all__ = ("Embedder", "packed", "unpacked")

_TEXTS = 256  # in one request


class Embedder:
    """Asks the stack's own inference API, so that embeddings are routed like everyone's."""

    def __init__(self, inference: Inference, models: Models, default: ModelReference | None) -> None:
        self._inference = inference
        self._models = models
        self._default = default

    async def default_model(self) -> str:
        """The model of stores that name none: the config's, else the first embedding model there is."""
        if self._default is not None:
            return self._default.model_name
        for model in (await self._models.list_models()).data:
            if model.model_type == "embedding":
                return model.identifier
        message = "no embedding model is known: name one in embedding_model, or configure a provider that has one"
        raise BadRequestError(message, param="embedding_model")

    async def dimension(self, model: str) -> int:
        """How many numbers the model's vectors have: asked of the model itself."""
        try:
            return len(await self.vectors(model, ["dimension"])) // 4
        except ModelNotFoundError as error:
            error.param = "embedding_model"
            raise

    async def vectors(self, model: str, texts: Sequence[str]) -> bytes:
        """A vector for each text, as float32, little-endian, row after row."""
        parts = [await self._request(model, texts[at : at + _TEXTS]) for at in range(0, len(texts), _TEXTS)]
        return b"".join(parts)

    async def _request(self, model: str, texts: Sequence[str]) -> bytes:
        # A service refuses an empty text; a space says as much.
        inputs = [text if text.strip() else " " for text in texts]
        request = EmbeddingsRequest(model=model, input=inputs, encoding_format="base64")
        answer = await self._inference.post_embeddings(request)
        rows = [packed(each.embedding) for each in sorted(answer.data, key=lambda each: each.index)]
        if len(rows) != len(texts) or len({len(row) for row in rows}) != 1:
            message = f"{model!r} answered {len(rows)} vectors of {len({len(row) for row in rows})} lengths"
            raise StackError(f"{message} for {len(texts)} texts", code="malformed_response")
        return b"".join(rows)


def packed(vector: Sequence[float] | str) -> bytes:
    """A vector as float32, little-endian; a text is that already, in base64."""
    if isinstance(vector, str):
        return base64.b64decode(vector)
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(vector: bytes) -> list[float]:
    numbers = array.array("f", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
