"""A test double: answers with what it was told, word by word."""

import base64
import hashlib
import math
import struct
from collections.abc import AsyncIterator

from ....apis.errors import BadRequestError
from ....apis.inference import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    Completion,
    CompletionRequest,
    Embeddings,
    EmbeddingsRequest,
    Reranking,
    RerankRequest,
)
from ....apis.inference.types import Content, ImagePart, Reranked, TextPart
from ....apis.models import Model
from ....apis.stream import EventStream
from ...config import ProviderConfig
from ...utils.completions import ChatWriter, usage

__all__ = ("Echo", "EchoConfig")


class EchoConfig(ProviderConfig):
    """`dimension` is the length of its embeddings."""

    dimension: int = 64


class Echo:
    """Serves `echo` (chat, completions, rerank) and `echo-embedding`. A token is a word."""

    def __init__(self, config: EchoConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id

    async def list_models(self) -> list[Model]:
        facts = {"embedding_dimension": self.config.dimension}
        return [
            Model(identifier="echo", provider_id=self.provider_id, provider_resource_id="echo", source="listed"),
            Model(
                identifier="echo-embedding",
                provider_id=self.provider_id,
                provider_resource_id="echo-embedding",
                source="listed",
                model_type="embedding",
                metadata=facts,
            ),
        ]

    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        texts = [_text(message.content) for message in request.messages]
        words = _words(texts[-1])
        counts = usage(sum(len(_words(text)) for text in texts), len(words))
        writer = ChatWriter(request.model, include_usage=bool((request.stream_options or {}).get("include_usage")))
        if not request.stream:
            return writer.whole({"content": texts[-1]}, "stop", counts)

        async def chunks() -> AsyncIterator[ChatCompletionChunk]:
            for chunk in writer.chunks([{"content": word} for word in words], "stop", counts):
                yield chunk

        return EventStream.of(ChatCompletionChunk, chunks())

    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        if not isinstance(request.prompt, str):
            raise BadRequestError("echo reads one prompt of text, no token ids and no list", param="prompt")
        words = _words(request.prompt)
        counts = usage(len(words), len(words))
        writer = ChatWriter(request.model)
        if not request.stream:
            return writer.text(request.prompt, "stop", counts)

        async def pieces() -> AsyncIterator[Completion]:
            for word in words:
                yield writer.text(word, None)
            yield writer.text("", "stop", counts)

        return EventStream.of(Completion, pieces())

    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        texts = [request.input] if isinstance(request.input, str) else list(request.input)
        vectors = [self._embed(str(text)) for text in texts]
        rows = [
            {"object": "embedding", "index": i, "embedding": _packed(v) if request.encoding_format == "base64" else v}
            for i, v in enumerate(vectors)
        ]
        tokens = sum(len(_words(str(text))) for text in texts)
        counts = {"prompt_tokens": tokens, "total_tokens": tokens}
        return Embeddings.model_validate({"data": rows, "model": request.model, "usage": counts, "object": "list"})

    async def rerank(self, request: RerankRequest) -> Reranking:
        query = self._embed(_item_text(request.query))
        scores = [sum(a * b for a, b in zip(query, self._embed(_item_text(i)), strict=True)) for i in request.items]
        ranked = [Reranked(index=i, relevance_score=score) for i, score in enumerate(scores)]
        ranked.sort(key=lambda item: -item.relevance_score)
        return Reranking(data=ranked[: request.max_num_results])

    def _embed(self, text: str) -> list[float]:
        """A bag of hashed words, of length one: texts that share words are near each other."""
        vector = [0.0] * self.config.dimension
        for word in _words(text.lower()) or [""]:
            place = int.from_bytes(hashlib.blake2b(word.strip().encode(), digest_size=4).digest())
            vector[place % len(vector)] += 1.0
        norm = math.sqrt(sum(x * x for x in vector))
        return [x / norm for x in vector]


def _text(content: Content | None) -> str:
    if isinstance(content, list):
        return " ".join(part.text for part in content if isinstance(part, TextPart))
    return content or ""


def _item_text(item: str | TextPart | ImagePart) -> str:
    if isinstance(item, ImagePart):
        raise BadRequestError("echo ranks text only")
    return item if isinstance(item, str) else item.text


def _words(text: str) -> list[str]:
    """The words of a text, each with the space before it, so that joined they are the text again."""
    words: list[str] = []
    for word in text.split(" "):
        words.append(f" {word}" if words else word)
    return [word for word in words if word]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
