"""A streamed chat completion put together again."""

from collections.abc import Iterator
from typing import Any

import msgspec

__all__ = ("ChatAssembler",)

_CONSTANT = ("id", "created", "model", "system_fingerprint", "service_tier")


class ChatAssembler:
    """Feed it a stream's events; `finish` gives the whole completion, as if it had not been streamed."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._usage: dict[str, Any] | None = None

    def feed(self, block: bytes) -> None:
        """Take a block of `data: {…}` events."""
        for payload in _payloads(block):
            chunk = msgspec.json.decode(payload)
            for name in _CONSTANT:
                if (value := chunk.get(name)) is not None:
                    self._head[name] = value
            self._usage = chunk.get("usage") or self._usage
            for choice in chunk.get("choices") or ():
                self._add(choice)

    def finish(self) -> dict[str, Any]:
        choices = [self._whole(index) for index in sorted(self._choices)]
        usage = {"usage": self._usage} if self._usage else {}
        return {**self._head, "object": "chat.completion", "choices": choices, **usage}

    def _add(self, choice: dict[str, Any]) -> None:
        index = choice.get("index") or 0
        state = self._choices.setdefault(index, {"text": {}, "calls": {}, "finish_reason": None, "logprobs": []})
        delta = choice.get("delta") or {}
        for name in ("content", "refusal", "reasoning_content"):
            if piece := delta.get(name):
                state["text"].setdefault(name, []).append(piece)
        for call in delta.get("tool_calls") or ():
            _add_call(state["calls"], call)
        state["finish_reason"] = choice.get("finish_reason") or state["finish_reason"]
        state["logprobs"] += (choice.get("logprobs") or {}).get("content") or []

    def _whole(self, index: int) -> dict[str, Any]:
        state = self._choices[index]
        message: dict[str, Any] = {"role": "assistant", "content": None}
        message |= {name: "".join(pieces) for name, pieces in state["text"].items()}
        if state["calls"]:
            message["tool_calls"] = [state["calls"][place] for place in sorted(state["calls"])]
        logprobs = {"content": state["logprobs"]} if state["logprobs"] else None
        return {"index": index, "message": message, "finish_reason": state["finish_reason"], "logprobs": logprobs}


def _add_call(calls: dict[int, dict[str, Any]], piece: dict[str, Any]) -> None:
    """Tool calls come in pieces too: the id and the name first, the arguments bit by bit."""
    place = piece.get("index")
    place = len(calls) if place is None else place
    call = calls.setdefault(place, {"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
    call["id"] = piece.get("id") or call["id"]
    call["type"] = piece.get("type") or call["type"]
    function = piece.get("function") or {}
    call["function"]["name"] += function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""


def _payloads(block: bytes) -> Iterator[bytes]:
    return (event[6:] for event in block.split(b"\n\n") if event)
