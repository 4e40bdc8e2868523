"""Whole answers put together from streamed ones."""

from typing import Any

__all__ = ("Assembler",)

_JOINED = ("content", "reasoning_content", "reasoning", "refusal", "text")


class Assembler:
    """Feed it the chunks of a chat completion or of a text completion; `finish` gives the whole answer.

    The usage is the last one told; some servers tell it choice by choice, which `adds_usage` adds up.
    """

    def __init__(self, *, adds_usage: bool = False) -> None:
        self._adds_usage = adds_usage
        self._head: dict[str, Any] = {}
        self._choices: dict[int, _Choice] = {}
        self._usage: dict[str, Any] = {}

    def feed(self, chunk: dict[str, Any]) -> None:
        for choice in chunk.get("choices") or ():
            index = choice.get("index") or 0
            self._choices.setdefault(index, _Choice(index)).feed(choice)
        self._count(chunk.get("usage") or {})
        rest = {name: value for name, value in chunk.items() if name not in ("choices", "usage", "obfuscation")}
        self._head |= {name: value for name, value in rest.items() if value is not None}

    def finish(self) -> dict[str, Any]:
        choices = [self._choices[index].finish() for index in sorted(self._choices)]
        name = str(self._head.get("object", "")).removesuffix(".chunk")
        usage = {"usage": self._usage} if self._usage else {}
        return {**self._head, "object": name, "choices": choices, **usage}

    def _count(self, usage: dict[str, Any]) -> None:
        written = usage.get("completion_tokens") or 0
        if self._adds_usage and usage:
            written += self._usage.get("completion_tokens", 0)
            total = written + (usage.get("prompt_tokens") or 0)
            usage = {**usage, "completion_tokens": written, "total_tokens": total}
        self._usage = usage or self._usage


class _Choice:
    def __init__(self, index: int) -> None:
        self.index = index
        self.is_chat = False
        self.text: dict[str, list[str]] = {}
        self.calls: list[dict[str, Any]] = []
        self.last: dict[int | None, dict[str, Any]] = {}  # the call last begun under an index
        self.logprobs: dict[str, list[Any]] = {}
        self.finish_reason: str | None = None

    def feed(self, choice: dict[str, Any]) -> None:
        self.is_chat = self.is_chat or "delta" in choice
        delta = choice.get("delta") or choice
        for name in _JOINED:
            if piece := delta.get(name):
                self.text.setdefault(name, []).append(piece)
        for call in delta.get("tool_calls") or ():
            self._feed_call(call)
        for name, tokens in (choice.get("logprobs") or {}).items():
            if isinstance(tokens, list):
                self.logprobs.setdefault(name, []).extend(tokens)
        self.finish_reason = choice.get("finish_reason") or self.finish_reason

    def _feed_call(self, piece: dict[str, Any]) -> None:
        """The id and the name come first, the arguments bit by bit."""
        call = self._call(piece.get("index"), piece.get("id"))
        call["id"] = piece.get("id") or call["id"]
        call["type"] = piece.get("type") or call["type"]
        function = piece.get("function") or {}
        call["function"]["name"] = function.get("name") or call["function"]["name"]
        call["function"]["arguments"] += function.get("arguments") or ""

    def _call(self, index: int | None, call_id: str | None) -> dict[str, Any]:
        """The call that a piece belongs to. A new id begins a new one: some services give no index, or always 0."""
        for call in self.calls:
            if call_id and call["id"] == call_id:
                return call
        last = self.last.get(index)
        if last is None or (call_id and last["id"]):
            last = self.last[index] = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
            self.calls.append(last)
        return last

    def finish(self) -> dict[str, Any]:
        text = {name: "".join(pieces) for name, pieces in self.text.items()}
        rest = {
            "index": self.index,
            "logprobs": self.logprobs or None,
            "finish_reason": self.finish_reason,
        }
        if not self.is_chat:
            return {"text": text.get("text", ""), **rest}
        message: dict[str, Any] = {"role": "assistant", "content": None if self.calls else "", **text}
        if self.calls:
            message["tool_calls"] = self.calls
        return {"message": message, **rest}
