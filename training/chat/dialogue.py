"""A dialogue: what is said, with which tools at hand, and what a test wants to see in the last answer."""

import json
from dataclasses import dataclass, field
from typing import Any

__all__ = ("Dialogue", "assistant", "called", "system", "tool_said", "user")

Message = dict[str, Any]


@dataclass
class Dialogue:
    messages: list[Message]
    skill: str
    tools: list[dict[str, Any]] | None = None
    holds: list[str] = field(default_factory=list)  # what the last answer must say
    exact: bool = False  # whether it must be the very words learned
    schema: dict[str, Any] | None = None  # what it is constrained to

    @property
    def asked(self) -> list[Message]:
        """Everything before the last answer."""
        return self.messages[:-1]

    @property
    def answer(self) -> Message:
        return self.messages[-1]

    def rendered(self) -> dict[str, Any]:
        return {"messages": self.messages, "tools": self.tools}


def system(content: str) -> Message:
    return {"role": "system", "content": content}


def user(content: str) -> Message:
    return {"role": "user", "content": content}


def assistant(content: str) -> Message:
    return {"role": "assistant", "content": content}


def called(name: str, arguments: dict[str, Any], identifier: str = "call_1") -> Message:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    call = {"id": identifier, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def tool_said(content: str, identifier: str = "call_1") -> Message:
    return {"role": "tool", "content": content, "tool_call_id": identifier}
