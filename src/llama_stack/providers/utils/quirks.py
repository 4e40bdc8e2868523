"""What services answer otherwise than OpenAI: each quirk has a name, and one function that mends it."""

import time
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import msgspec

from ...apis.errors import UpstreamError
from ...apis.stream import EventStream, frame
from ...apis.wire import edit
from .refusal import refusal
from .tool_calls import ToolCallMender, whole_calls

__all__ = ("QUIRKS", "Mender", "Quirk", "with_usage")

Payload = dict[str, Any]


class Mender:
    """Brings one answer, whole or streamed, to OpenAI's shape; made anew for each, for a stream has one id.

    A chunk is decoded only when it holds a sign of one of the quirks; all others keep their bytes.
    """

    def __init__(self, quirks: Iterable[str], provider_id: str, model: str, kind: str) -> None:
        self.quirks, self.signs, self.usual = _named(tuple(quirks))
        self.provider_id, self.model, self.kind = provider_id, model, kind
        self.calls: dict[int, ToolCallMender] = {}  # by choice

    @cached_property
    def id(self) -> str:
        return f"chatcmpl-{uuid.uuid4().hex}"

    @cached_property
    def created(self) -> int:
        return int(time.time())

    def whole(self, body: bytes) -> bytes:
        return self._mend(body) if self._shows_one(body) else body

    async def stream(self, source: EventStream[Any]) -> AsyncGenerator[bytes, None]:
        async for block in source.blocks():
            yield self.block(block)

    def block(self, block: bytes) -> bytes:
        """One or more whole events."""
        if not self._shows_one(block):
            return block
        return b"".join(frame(self._mend(event[6:])) for event in block.split(b"\n\n") if event)

    def _shows_one(self, block: bytes) -> bool:
        for sign in self.signs:  # loops, for this is done for every chunk: a generator costs twice as much
            if sign in block:
                return True
        for sign in self.usual:  # noqa: SIM110
            if sign not in block:
                return True
        return False

    def _mend(self, body: bytes) -> bytes:
        payload = msgspec.json.decode(body)
        for quirk in self.quirks:
            quirk.mend(payload, self)
        return msgspec.json.encode(payload)


@dataclass(frozen=True, slots=True)
class Quirk:
    """`signs` are the bytes that betray it in a chunk, `usual` those whose absence does."""

    mend: Callable[[Payload, Mender], None]
    signs: tuple[bytes, ...]
    usual: tuple[bytes, ...] = ()


@cache
def _named(names: tuple[str, ...]) -> tuple[list[Quirk], tuple[bytes, ...], tuple[bytes, ...]]:
    """The quirks of these names, all their signs, and all that is usual."""
    quirks = [QUIRKS[name] for name in names]
    signs = tuple(sign for quirk in quirks for sign in quirk.signs)
    return quirks, signs, tuple(sign for quirk in quirks for sign in quirk.usual)


def with_usage(body: bytes) -> bytes:
    """Embeddings whose usage is not told get one of zeros: OpenAI's clients read it unasked."""
    told = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get("usage", b"null")
    return edit(body, put={"usage": {"prompt_tokens": 0, "total_tokens": 0}}) if bytes(told) == b"null" else body


def _heads(payload: Payload, mender: Mender) -> None:
    """Ids, types, times and models that are empty or missing; choices without an index."""
    payload["id"] = payload.get("id") or mender.id
    payload["object"] = payload.get("object") or mender.kind
    payload["created"] = payload.get("created") or mender.created
    payload["model"] = payload.get("model") or mender.model
    payload["choices"] = payload.get("choices") or []
    for place, choice in enumerate(payload["choices"]):
        choice.setdefault("index", place)


def _reasoning(payload: Payload, mender: Mender) -> None:
    """`reasoning` where DeepSeek, and most callers, say `reasoning_content`."""
    for part in _parts(payload):
        if "reasoning" in part:
            thought = part.pop("reasoning")
            part["reasoning_content"] = part.get("reasoning_content") or thought


def _content_parts(payload: Payload, mender: Mender) -> None:
    """Mistral's content as a list of texts and thoughts."""
    for part in _parts(payload):
        if isinstance(pieces := part.get("content"), list):
            thoughts = [
                text for piece in pieces if piece.get("type") == "thinking" for text in _texts(piece["thinking"])
            ]
            part["content"] = "".join(_texts(pieces))
            if thoughts:
                part["reasoning_content"] = "".join(thoughts)


def _texts(pieces: list[Payload]) -> Iterator[str]:
    yield from (piece["text"] for piece in pieces if isinstance(piece.get("text"), str))


def _tool_calls(payload: Payload, mender: Mender) -> None:
    """Calls without an id, an index or a type, or with the arguments as an object; `stop` as the reason for calls."""
    for choice in payload.get("choices") or ():
        index = choice.get("index") or 0
        if calls := (choice.get("message") or {}).get("tool_calls"):
            choice["message"]["tool_calls"] = whole_calls(calls)
        elif pieces := (choice.get("delta") or {}).get("tool_calls"):
            choice["delta"]["tool_calls"] = mender.calls.setdefault(index, ToolCallMender()).mend(pieces)
        if choice.get("finish_reason") == "stop" and (calls or index in mender.calls):
            choice["finish_reason"] = "tool_calls"


_REASONS = {
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "sensitive": "content_filter",
}


def _finish_reason(payload: Payload, mender: Mender) -> None:
    """The same reasons under other names."""
    for choice in payload.get("choices") or ():
        reason = choice.get("finish_reason")
        choice["finish_reason"] = _REASONS.get(reason, reason)


def _usage_in_choice(payload: Payload, mender: Mender) -> None:
    """Moonshot tells a stream's usage within its last choice."""
    for choice in payload.get("choices") or ():
        if usage := choice.pop("usage", None):
            payload["usage"] = payload.get("usage") or usage


def _choice_error(payload: Payload, mender: Mender) -> None:
    """OpenRouter tells what went wrong at a provider's within the choice."""
    for choice in payload.get("choices") or ():
        if error := choice.get("error"):
            raise refusal(mender.provider_id, msgspec.json.encode({"error": error}))


_MINIMAX_STATUS = {1002: 429, 1004: 401, 1008: 402, 1039: 429, 2013: 400, 2049: 401}


def _base_resp(payload: Payload, mender: Mender) -> None:
    """MiniMax refuses with status 200."""
    said = payload.get("base_resp") or {}
    if code := said.get("status_code"):
        status, message = _MINIMAX_STATUS.get(code, 502), str(said.get("status_msg") or f"status_code {code}")
        raise UpstreamError(message, provider_id=mender.provider_id, status=status, error={"code": str(code)})


def _parts(payload: Payload) -> Iterator[Payload]:
    """The message, or the piece of one, of each choice."""
    for choice in payload.get("choices") or ():
        if part := choice.get("message") or choice.get("delta"):
            yield part


QUIRKS = {
    "heads": Quirk(_heads, (b':""', b': ""'), usual=(b'"id"', b'"object"', b'"model"')),
    "reasoning": Quirk(_reasoning, (b'"reasoning"',)),
    "content_parts": Quirk(_content_parts, (b'"type"',)),
    "tool_calls": Quirk(_tool_calls, (b'"tool_calls"', b'"stop"')),
    "finish_reason": Quirk(_finish_reason, (b'"finish_reason":"', b'"finish_reason": "')),
    "usage_in_choice": Quirk(_usage_in_choice, (b'"usage"',)),
    "choice_error": Quirk(_choice_error, (b'"error"',)),
    "base_resp": Quirk(_base_resp, (b'"base_resp"',)),
}
