"""What a prompt is made from: messages, calls of tools, and the tools there are."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ("Message", "Role", "Tool", "ToolCall", "json_call", "json_list", "python_call")

Role = Literal["system", "user", "assistant", "tool"]
Tool = Mapping[str, Any]  # a function as OpenAI describes one: name, description, parameters


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `images` counts those that come before the text."""

    role: Role
    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    images: int = 0


def json_call(call: ToolCall) -> str:
    return json.dumps({"name": call.name, "parameters": dict(call.arguments)})


def python_call(calls: Sequence[ToolCall]) -> str:
    """`[name(key="value"), …]`"""
    written = (f"{call.name}({', '.join(f'{k}={v!r}' for k, v in call.arguments.items())})" for call in calls)
    return f"[{', '.join(written)}]"


def json_list(tools: Sequence[Tool]) -> str:
    return json.dumps([dict(tool) for tool in tools], indent=4)
