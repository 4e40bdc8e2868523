"""Contextual chunks: a chat model says where in its document a chunk stands, and its words go before the chunk's."""

import asyncio
from collections.abc import Sequence
from typing import Self

from ....apis.chunks import Chunk, ContextualOptions
from ....apis.errors import BadRequestError, StackError, UnsupportedError, UpstreamError
from ....apis.inference import ChatCompletion, ChatCompletionRequest, Inference
from .config import ProcessorConfig
from .tokens import count, count_metadata

__all__ = ("Situating",)

_DOCUMENT, _CHUNK = "{{WHOLE_DOCUMENT}}", "{{CHUNK_CONTENT}}"
_PROMPT = f"""\
Here is a document:

<document>
{_DOCUMENT}
</document>

And here is one passage of it:

<passage>
{_CHUNK}
</passage>

In one or two sentences, say what someone who finds only this passage needs to know to understand it: what the document
is, and what the passage is about within it. Answer with these sentences alone."""


class Situating:
    """Asks for the context of each chunk of a document, some at a time. One failure is the failure of all."""

    def __init__(self, inference: Inference, model: str, prompt: str, timeout: int, concurrency: int) -> None:
        self._inference, self._model, self._prompt = inference, model, prompt
        self._timeout = timeout
        self._turns = asyncio.Semaphore(concurrency)

    @classmethod
    def of(cls, asked: ContextualOptions, config: ProcessorConfig, inference: Inference | None) -> Self:
        """As the strategy says, else as the config does. Raises `BadRequestError` for what cannot work."""
        if inference is None:
            raise UnsupportedError("contextual chunking needs a chat model, and this stack has no inference provider")
        model, prompt = asked.model_id or config.contextual_model, asked.context_prompt or _PROMPT
        if model is None:
            message = "contextual chunking needs a chat model: name one as chunking_strategy.contextual.model_id"
            raise BadRequestError(message, param="chunking_strategy")
        if _CHUNK not in prompt:
            raise BadRequestError(f"context_prompt lacks {_CHUNK}", param="chunking_strategy")
        timeout = asked.timeout_seconds or config.contextual_timeout_seconds
        return cls(inference, model, prompt, timeout, asked.max_concurrency or config.contextual_concurrency)

    async def all(self, document: str, chunks: Sequence[Chunk]) -> list[Chunk]:
        """The chunks with their context before them, in the same order."""
        try:
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._one(document, chunk)) for chunk in chunks]
        except* StackError as errors:
            raise _first(errors) from None
        return [task.result() for task in asked]

    async def _one(self, document: str, chunk: Chunk) -> Chunk:
        async with self._turns:
            context = await self._ask(document, str(chunk.content))
        content = f"{context}\n\n{chunk.content}"
        metadata = {**chunk.metadata, "context": context}
        counts = {"content_token_count": count(content), "metadata_token_count": count_metadata(metadata)}
        facts = chunk.chunk_metadata.model_copy(update=counts)
        return chunk.model_copy(update={"content": content, "metadata": metadata, "chunk_metadata": facts})

    async def _ask(self, document: str, passage: str) -> str:
        messages = [{"role": "user", "content": self._filled(document, passage)}]
        request = ChatCompletionRequest.model_validate({"model": self._model, "messages": messages, "store": False})
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._inference.post_chat_completion(request)
        except TimeoutError:
            raise self._failed(f"took longer than {self._timeout} seconds") from None
        if not isinstance(answer, ChatCompletion) or not (text := answer.text.strip()):
            raise self._failed("said nothing")
        return text

    def _filled(self, document: str, passage: str) -> str:
        """The prompt, in which what the document itself has in double braces means nothing."""
        parts = self._prompt.split(_DOCUMENT)
        return document.join(part.replace(_CHUNK, passage) for part in parts)

    def _failed(self, what: str) -> UpstreamError:
        return UpstreamError(f"{self._model}, asked for the context of a chunk, {what}", provider_id=self._model)


def _first(errors: BaseExceptionGroup[StackError]) -> StackError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
