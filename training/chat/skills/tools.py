"""Tools: which to call, with what, and what to say of its result."""

import json
import re
from typing import Any

from ..dialogue import Dialogue, Message, assistant, called, system, tool_said, user
from ..facts import Facts
from ..inventions import invented_tool
from ..toolbox import Tool, known_tool
from .smalltalk import NO_TOOL, greeting, unknown_question

__all__ = ("calls", "other_tools", "uses_result", "without_call")


def calls(facts: Facts) -> Dialogue:
    """One of up to four tools is called for."""
    tool, others = _offered(facts)
    messages = [*_opening(facts), user(tool.request), called(tool.name, tool.arguments)]
    return Dialogue(messages, "calls the right tool", _shuffled(facts, tool, others))


def uses_result(facts: Facts) -> Dialogue:
    """A call, its result, what the model makes of it; and at times the next question."""
    tool, others = _offered(facts)
    said, answer, holds = _outcome(facts, tool)
    messages = [*_opening(facts), user(tool.request), called(tool.name, tool.arguments), tool_said(said)]
    messages.append(assistant(answer))
    offered = _shuffled(facts, tool, others)
    if not facts.words.testing:
        messages += _further(facts, [*others, tool])
    return Dialogue(messages, "uses a tool's result", offered, holds=holds)


def other_tools(facts: Facts) -> list[dict[str, Any]]:
    """A few that have nothing to do with what is asked."""
    return [_any(facts).declared for _ in range(facts.chance.choice((1, 1, 2)))]


def _further(facts: Facts, tools: list[Tool]) -> list[Message]:
    """More calls with the same tools at hand, and requests that none of them is for."""
    messages: list[Message] = []
    for tool in tools[: facts.chance.choice((1, 2, 3))]:
        if facts.chance.random() < 0.3:
            other = _any(facts)
            if not any(_shares_job(other, each) or other.about == each.about for each in tools):
                messages += [user(other.request), assistant(NO_TOOL)]
        said, answer, _ = _outcome(facts, tool)
        messages += [user(tool.request), called(tool.name, tool.arguments), tool_said(said), assistant(answer)]
    return messages + _chat(facts) if facts.chance.random() < 0.2 else messages


def _chat(facts: Facts) -> list[Message]:
    asked, answer = greeting(facts)
    return [user(asked), assistant(answer)]


def without_call(facts: Facts) -> Dialogue:
    """Tools are at hand, and none is called for."""
    tool, others = _offered(facts)
    if facts.chance.random() < 0.4:
        asked, answer = greeting(facts)
    elif facts.chance.random() < 0.5:
        asked, answer = tool.request, NO_TOOL
    else:
        asked, answer = unknown_question(facts)[0], NO_TOOL
    if not others:
        others = [invented_tool(facts)]
    messages = [*_opening(facts), user(asked), assistant(answer)]
    return Dialogue(messages, "calls no tool in vain", [other.declared for other in others], holds=[answer])


def _offered(facts: Facts) -> tuple[Tool, list[Tool]]:
    """The tool that is meant, and up to three others with names and jobs of their own."""
    tool = _any(facts)
    others: dict[str, Tool] = {}
    for _ in range(facts.chance.choice((0, 1, 2, 3, 3))):
        other = _any(facts)
        if other.name != tool.name and other.about != tool.about and not _shares_job(tool, other):
            others[other.name] = other
    return tool, list(others.values())


def _shares_job(one: Tool, other: Tool) -> bool:
    words = {word for word in re.findall(r"[a-z]+", one.name) if word not in ("get", "set", "find", "search")}
    return any(word in words for word in re.findall(r"[a-z]+", other.name))


def _any(facts: Facts) -> Tool:
    return invented_tool(facts) if facts.chance.random() < 0.4 else known_tool(facts)


def _outcome(facts: Facts, tool: Tool) -> tuple[str, str, list[str]]:
    """What the tool says, what the model says, and what must be in that."""
    pick, chance = facts.chance.random(), facts.chance
    values = [str(value) for value in tool.result.values()]
    if pick < 0.6:
        return _written(facts, tool.result), _told(tool.result), values
    if pick < 0.75:  # a sentence
        sentence = facts.fact().sentence if chance.random() < 0.6 else facts.everyday.sentence()
        return sentence, sentence, [sentence]
    if pick < 0.92:  # a bare value
        value = values[0]
        return value, f"The result is {value}.", [value]
    error = chance.choice(("not found", "timeout", "no access", facts.words.phrase(3)))
    said = chance.choice(("Error: {}", '{{"error": "{}"}}')).format(error)
    return said, f"The tool failed: {error}.", [error]


def _written(facts: Facts, result: dict[str, Any]) -> str:
    pick = facts.chance.random()
    if pick < 0.1:
        return "\n".join(f"{name}: {value}" for name, value in result.items())
    if pick < 0.2:
        result = {facts.chance.choice(("result", "data", "response")): result}
    return json.dumps(result, ensure_ascii=False, indent=2 if pick > 0.95 else None)


def _told(result: dict[str, Any]) -> str:
    parts = [f"the {name.replace('_', ' ')} is {value}" for name, value in result.items()]
    text = ", ".join(parts[:-1]) + (" and " if parts[1:] else "") + parts[-1]
    return f"{text[0].upper()}{text[1:]}."


def _opening(facts: Facts) -> list[Message]:
    opening = [system(facts.wording("tool_orders"))] if facts.chance.random() < 0.3 else []
    return opening + _chat(facts) if facts.chance.random() < 0.1 else opening


def _shuffled(facts: Facts, tool: Tool, others: list[Tool]) -> list[dict[str, Any]]:
    offered = [tool, *others]
    facts.chance.shuffle(offered)
    return [each.declared for each in offered]
