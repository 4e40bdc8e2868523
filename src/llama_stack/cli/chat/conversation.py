"""A conversation with a model: what was said so far, and the next answer as it comes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...apis.inference import ChatCompletionChunk
from ...apis.stream import EventStream

__all__ = ("Conversation", "Pace", "Show")

Show = Callable[[str, bool], None]  # a piece of text, and whether it is a thought rather than the answer


@dataclass(frozen=True)
class Pace:
    """How long an answer was, and in what time it came; no tokens where the provider does not count."""

    tokens: int | None
    seconds: float


@dataclass
class Conversation:
    inference: Any  # the API as callers see it, keywords and all
    model: str
    system: str | None = None
    turns: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, text: str, show: Show) -> Pace:
        """Ask, and `show` the answer piece by piece.

        Of an answer that is cut off, what came is kept; where nothing came, the question is forgotten.
        """
        asked = {"role": "user", "content": text}
        told: list[str] = []
        tokens, asked_at = None, time.perf_counter()
        try:
            async with await self._stream(asked) as stream:
                async for chunk in stream:
                    _show(chunk, show)
                    told.append(chunk.delta)
                    tokens = chunk.usage.completion_tokens if chunk.usage else tokens
        finally:
            if any(told):
                self.turns += [asked, {"role": "assistant", "content": "".join(told)}]
        return Pace(tokens, time.perf_counter() - asked_at)

    async def _stream(self, asked: dict[str, str]) -> EventStream[ChatCompletionChunk]:
        opening = [{"role": "system", "content": self.system}] if self.system else []
        stream: EventStream[ChatCompletionChunk] = await self.inference.post_chat_completion(
            model=self.model,
            messages=[*opening, *self.turns, asked],
            stream=True,
            stream_options={"include_usage": True},
        )
        return stream


def _show(chunk: ChatCompletionChunk, show: Show) -> None:
    if thought := chunk.choices and chunk.choices[0].delta.reasoning_content:
        show(thought, True)
    if chunk.delta:
        show(chunk.delta, False)
