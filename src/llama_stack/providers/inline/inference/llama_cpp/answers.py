"""Whole answers put together from streamed ones.

llama.cpp goes on computing when the caller of a whole answer hangs up; a stream it drops at the next token.
So everything is asked for as a stream.
"""

from typing import Any

__all__ = ("Assembler",)

_JOINED = ("content", "reasoning_content", "refusal", "text")


class Assembler:
    """Feed it the chunks of a chat completion or a text completion; `finish` gives the whole."""

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._choices: dict[int, _Choice] = {}
        self._written = 0

    def feed(self, chunk: dict[str, Any]) -> None:
        for choice in chunk.pop("choices", None) or ():
            index = choice.get("index", 0)
            self._choices.setdefault(index, _Choice(index)).feed(choice)
        self._written += (chunk.get("usage") or {}).get("completion_tokens", 0)  # told choice by choice
        self._head |= chunk

    def finish(self) -> dict[str, Any]:
        choices = [self._choices[index].finish() for index in sorted(self._choices)]
        name = str(self._head.get("object", "")).removesuffix(".chunk")
        return {**self._head, "object": name, "choices": choices, "usage": self._usage()}

    def _usage(self) -> dict[str, Any]:
        usage: dict[str, Any] = self._head.get("usage") or {}
        total = usage.get("prompt_tokens", 0) + self._written
        return {**usage, "completion_tokens": self._written, "total_tokens": total}


class _Choice:
    def __init__(self, index: int) -> None:
        self.index = index
        self.is_chat = False
        self.text: dict[str, list[str]] = {}
        self.calls: dict[int, dict[str, Any]] = {}
        self.logprobs: list[Any] = []
        self.finish_reason: str | None = None

    def feed(self, choice: dict[str, Any]) -> None:
        self.is_chat = self.is_chat or "delta" in choice
        delta = choice.get("delta") or choice
        for name in _JOINED:
            if piece := delta.get(name):
                self.text.setdefault(name, []).append(piece)
        for call in delta.get("tool_calls") or ():
            self._feed_call(call)
        self.logprobs += (choice.get("logprobs") or {}).get("content") or ()
        self.finish_reason = choice.get("finish_reason") or self.finish_reason

    def _feed_call(self, piece: dict[str, Any]) -> None:
        """The id and the name come first, the arguments bit by bit."""
        call = self.calls.setdefault(
            piece.get("index", 0), {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
        )
        call["id"] = piece.get("id") or call["id"]
        function = piece.get("function") or {}
        call["function"]["name"] = function.get("name") or call["function"]["name"]
        call["function"]["arguments"] += function.get("arguments") or ""

    def finish(self) -> dict[str, Any]:
        text = {name: "".join(pieces) for name, pieces in self.text.items()}
        rest = {
            "index": self.index,
            "logprobs": {"content": self.logprobs} if self.logprobs else None,
            "finish_reason": self.finish_reason,
        }
        if not self.is_chat:
            return {"text": text.get("text", ""), **rest}
        message: dict[str, Any] = {"role": "assistant", "content": None if self.calls else "", **text}
        if self.calls:
            message["tool_calls"] = [self.calls[place] for place in sorted(self.calls)]
        return {"message": message, **rest}
