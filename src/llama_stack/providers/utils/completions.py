"""Making OpenAI's answers from scratch, for providers that run in this process."""

import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from ...apis.inference import ChatCompletion, ChatCompletionChunk, Completion

__all__ = ("ChatWriter", "tool_call", "usage")


def usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    """OpenAI's usage object; counts in tokens."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def tool_call(name: str, arguments: str, index: int = 0) -> dict[str, Any]:
    """A call of a function; `arguments` is JSON."""
    call_id = f"call_{uuid.uuid4().hex[:24]}"
    return {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


class ChatWriter:
    """One answer of a chat or text completion, given whole or chunk by chunk under one id."""

    def __init__(self, model: str, *, include_usage: bool = False) -> None:
        self.model, self.include_usage = model, include_usage
        self.id = f"chatcmpl-{uuid.uuid4().hex}"
        self.created = int(time.time())

    def whole(self, message: dict[str, Any], finish_reason: str, counts: dict[str, int]) -> ChatCompletion:
        choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
        return ChatCompletion.model_validate({**self._head("chat.completion"), "choices": [choice], "usage": counts})

    def chunks(
        self, deltas: Iterable[dict[str, Any]], finish_reason: str, counts: dict[str, int]
    ) -> Iterator[ChatCompletionChunk]:
        """The role, the deltas, the finish reason; then the usage, with empty choices, if it was asked for."""
        yield self.chunk({"role": "assistant", "content": ""})
        for delta in deltas:
            yield self.chunk(delta)
        yield self.chunk({}, finish_reason)
        if self.include_usage:
            head = self._head("chat.completion.chunk")
            yield ChatCompletionChunk.model_validate({**head, "choices": [], "usage": counts})

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> ChatCompletionChunk:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return ChatCompletionChunk.model_validate({**self._head("chat.completion.chunk"), "choices": [choice]})

    def text(self, text: str, finish_reason: str | None, counts: dict[str, int] | None = None) -> Completion:
        """A text completion, or a piece of one."""
        choice = {"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": None}
        extra = {"usage": counts} if counts else {}
        return Completion.model_validate({**self._head("text_completion"), "choices": [choice], **extra})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}
