"""A tool call that is asked for is made: llama.cpp itself lets a model talk its way around `required`.

The answer is bound to a JSON schema `{"name": …, "arguments": …}`, and what comes is turned into `tool_calls`.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from .....apis.errors import BadRequestError

__all__ = ("CallSplitter", "ForcedCalls", "forcing")


def forcing(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """What to change in a request so that the tool call it demands is made; None when it demands none."""
    choice, tools = fields.get("tool_choice"), fields.get("tools") or []
    if choice is None or (isinstance(choice, str) and choice != "required"):
        return None
    offered = [tool["function"] for tool in tools if isinstance(tool.get("function"), dict)]
    chosen = _chosen(choice, offered)
    # The template shows the model its tools with `none` as well.
    return {"tool_choice": "none", "response_format": _format(chosen)}


def _chosen(choice: Any, offered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    name = None
    if choice != "required":
        try:
            name = choice["function"]["name"]
        except (KeyError, TypeError):
            message = 'write "none", "auto", "required" or {"type": "function", "function": {"name": …}}'
            raise BadRequestError(f"tool_choice: {message}", param="tool_choice") from None
    chosen = [function for function in offered if name in (None, function.get("name"))]
    if not chosen:
        known = ", ".join(str(function.get("name")) for function in offered) or "none"
        wanted = "a tool" if name is None else repr(name)
        raise BadRequestError(f"tool_choice asks for {wanted}; tools has {known}", param="tool_choice")
    return chosen


def _format(functions: list[dict[str, Any]]) -> dict[str, Any]:
    """A response format in which one of these functions is called."""
    definitions = {str(place): _parameters(function, place) for place, function in enumerate(functions)}
    calls = [_call(function, place) for place, function in enumerate(functions)]
    schema = (calls[0] if len(calls) == 1 else {"anyOf": calls}) | {"$defs": definitions}
    return {"type": "json_schema", "json_schema": {"name": "tool_call", "schema": schema}}


def _call(function: Mapping[str, Any], place: int) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"name": {"const": function.get("name")}, "arguments": {"$ref": f"#/$defs/{place}"}},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _parameters(function: Mapping[str, Any], place: int) -> dict[str, Any]:
    schema = function.get("parameters") or {"type": "object", "properties": {}, "additionalProperties": False}
    moved: dict[str, Any] = _moved({"type": "object", **schema}, f"#/$defs/{place}")
    return moved


def _moved(schema: Any, root: str) -> Any:
    """A schema that now lies at `root` inside another, its references with it."""
    if isinstance(schema, list):
        return [_moved(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: root + value[1:] if key == "$ref" and isinstance(value, str) and value[:1] == "#" else _moved(value, root)
        for key, value in schema.items()
    }


class ForcedCalls:
    """Turns a stream's chunks with JSON in them into chunks with a tool call, choice by choice."""

    def __init__(self) -> None:
        self._splitters: dict[int, CallSplitter] = {}

    def feed(self, chunk: dict[str, Any]) -> dict[str, Any] | None:
        """The chunk, changed in place; None when nothing is left of it."""
        tells = not chunk.get("choices")
        for choice in chunk.get("choices") or ():
            splitter = self._splitters.setdefault(choice.get("index", 0), CallSplitter())
            delta = choice.get("delta") or {}
            if delta.get("content") and (call := splitter.feed(delta.pop("content"))):
                delta["tool_calls"] = [call]
            if choice.get("finish_reason") == "stop" and splitter.name is not None:
                choice["finish_reason"] = "tool_calls"
            tells = tells or bool(delta or choice.get("finish_reason"))
        return chunk if tells else None


class CallSplitter:
    """Takes `{"name": …, "arguments": {…}}` in pieces and gives the parts of a tool call as soon as they are known."""

    _head = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*')

    def __init__(self) -> None:
        self.name: str | None = None
        self._text = ""
        self._depth = 0
        self._in_string = self._escaped = self._done = False

    def feed(self, text: str) -> dict[str, Any] | None:
        """What this piece adds to the call; None while there is nothing to tell."""
        if self.name is not None:
            arguments = self._within(text)
            return {"index": 0, "function": {"arguments": arguments}} if arguments else None
        self._text += text
        if (match := self._head.match(self._text)) is None:
            return None
        self.name = msgspec.json.decode(match[1], type=str)
        function = {"name": self.name, "arguments": self._within(self._text[match.end() :])}
        return {"index": 0, "id": f"call_{secrets.token_hex(12)}", "type": "function", "function": function}

    def _within(self, text: str) -> str:
        """As much of the text as belongs to the arguments: from the brace that opens them to the one that closes."""
        text = text if self._depth else text.lstrip()
        for place, letter in enumerate(text):
            if self._done:
                return text[:place]
            self._see(letter)
        return text

    def _see(self, letter: str) -> None:
        if self._in_string:
            self._in_string = letter != '"' or self._escaped
            self._escaped = letter == "\\" and not self._escaped
        elif letter == '"':
            self._in_string = True
        elif letter in "{[":
            self._depth += 1
        elif letter in "}]":
            self._depth -= 1
            self._done = self._depth == 0
