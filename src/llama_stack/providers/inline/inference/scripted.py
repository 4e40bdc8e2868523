"""A test double: answers, refuses and stalls as its script says."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from pydantic import Field

from ....apis.errors import BadRequestError, UpstreamError
from ....apis.inference import ChatCompletion, ChatCompletionChunk, ChatCompletionRequest
from ....apis.models import Model
from ....apis.stream import EventStream
from ...config import ProviderConfig
from ...utils.completions import ChatWriter, tool_call, usage

__all__ = ("Call", "Failure", "Scripted", "ScriptedConfig", "Turn")


class Call(ProviderConfig):
    """A function the model calls."""

    name: str
    arguments: dict[str, Any] = Field(default={})


class Failure(ProviderConfig):
    """A refusal, as a service would send it."""

    status: int = 500
    message: str = "scripted failure"
    code: str | None = None
    retry_after_seconds: int | None = None


class Turn(ProviderConfig):
    """One answer: some text, calls of functions, or a failure; each after a pause, if one is given.

    In a stream, `fail` comes after the text of `say`, and `pause_seconds` before every word.
    """

    say: str = ""
    think: str = ""
    call: list[Call] = Field(default=[])
    fail: Failure | None = None
    wait_seconds: float = Field(default=0, ge=0, description="before the answer begins")
    pause_seconds: float = Field(default=0, ge=0, description="between the words of a stream")


class ScriptedConfig(ProviderConfig):
    """The turns are given out one by one, to whoever asks."""

    model: str = "scripted"
    turns: list[Turn] = Field(default=[])
    repeat: bool = Field(default=False, description="begin again after the last turn")


class Scripted:
    """Serves one chat model that says what its script says. `requests` keeps what it was asked."""

    def __init__(self, config: ScriptedConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        self.requests: list[ChatCompletionRequest] = []

    async def list_models(self) -> list[Model]:
        name = self.config.model
        return [Model(identifier=name, provider_id=self.provider_id, provider_resource_id=name, source="listed")]

    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        turn = self._next(request)
        await asyncio.sleep(turn.wait_seconds)
        if turn.fail and not (request.stream and turn.say):
            raise self._error(turn.fail)
        words = turn.say.split(" ")
        counts = usage(len(request.messages), len(words))
        writer = ChatWriter(request.model, include_usage=bool((request.stream_options or {}).get("include_usage")))
        calls = [tool_call(c.name, msgspec.json.encode(c.arguments).decode(), i) for i, c in enumerate(turn.call)]
        reason = "tool_calls" if calls else "stop"
        if request.stream:
            deltas = [*_thoughts(turn), *_words(turn), *({"tool_calls": [call]} for call in calls)]
            return EventStream.of(ChatCompletionChunk, self._play(turn, writer, deltas, reason, counts))
        message: dict[str, Any] = {"content": turn.say or None}
        if turn.think:
            message["reasoning_content"] = turn.think
        if calls:
            message["tool_calls"] = [{key: call[key] for key in ("id", "type", "function")} for call in calls]
        return writer.whole(message, reason, counts)

    def _next(self, request: ChatCompletionRequest) -> Turn:
        turns = self.config.turns
        place = len(self.requests)
        if self.config.repeat and turns:
            place %= len(turns)
        if place >= len(turns):
            raise BadRequestError(f"{self.provider_id}: the script has {len(turns)} turns, and all have been given")
        self.requests.append(request)
        return turns[place]

    async def _play(
        self, turn: Turn, writer: ChatWriter, deltas: list[dict[str, Any]], reason: str, counts: dict[str, int]
    ) -> AsyncIterator[ChatCompletionChunk]:
        for chunk in writer.chunks(deltas, reason, counts):
            if turn.fail and chunk.choices and chunk.choices[0].finish_reason:
                raise self._error(turn.fail)
            yield chunk
            await asyncio.sleep(turn.pause_seconds)

    def _error(self, failure: Failure) -> UpstreamError:
        wait = failure.retry_after_seconds
        return UpstreamError(
            failure.message,
            provider_id=self.provider_id,
            status=failure.status,
            code=failure.code,
            headers={} if wait is None else {"retry-after": str(wait)},
        )


def _thoughts(turn: Turn) -> list[dict[str, Any]]:
    return [{"reasoning_content": turn.think}] if turn.think else []


def _words(turn: Turn) -> list[dict[str, Any]]:
    words = turn.say.split(" ") if turn.say else []
    return [{"content": f" {word}" if place else word} for place, word in enumerate(words)]
