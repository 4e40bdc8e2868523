"""Tools: which to call, with what, and what to say of its result."""

import json
import re
from typing import Any

from ..dialogue import Dialogue, Message, assistant, called, system, tool_said, user
from ..facts import Facts
from ..inventions import invented_tools
from ..jobs import job_tools
from ..toolbox import Tool, known_tools
from .smalltalk import NO_TOOL, greeting, unknown_question

__all__ = ("calls", "calls_of_one_box", "other_tools", "uses_result", "without_call")

_WAYS = 4  # of asking for a tool, at most, with one box of tools
_JOB_SHARE = 0.5  # of the tools that are learned and not invented
_INVENTED_SHARE = 0.2  # of the tools that are learned
_INVENTED_SHARE_TESTED = 0.4


def calls(facts: Facts) -> Dialogue:
    """One of up to four tools is called for."""
    tool, others = _offered(facts)
    messages = [*_opening(facts), user(tool.request), called(tool.name, tool.arguments)]
    return Dialogue(messages, "calls the right tool", _shuffled(facts, [tool, *others]))


def calls_of_one_box(facts: Facts) -> list[Dialogue]:
    """The same tools, and many requests, each the first of a dialogue: read once, and asked in all ways."""
    tools = _box(facts, _WAYS)
    offered = _shuffled(facts, [ways[0] for ways in tools])
    opening = _opening(facts)
    said = [(tool.request, called(tool.name, tool.arguments)) for ways in tools for tool in ways]
    if facts.chance.random() < 0.5:
        said.append(_in_vain(facts, [ways[0] for ways in tools]))
    facts.chance.shuffle(said)
    return [Dialogue([*opening, user(asked), answer], "calls the right tool", offered) for asked, answer in said]


def uses_result(facts: Facts) -> Dialogue:
    """A call, its result, what the model makes of it; and at times the next question."""
    tool, others = _offered(facts)
    said, answer, holds = _outcome(facts, tool)
    messages = [*_opening(facts), user(tool.request), called(tool.name, tool.arguments), tool_said(said)]
    messages.append(assistant(answer))
    offered = _shuffled(facts, [tool, *others])
    if not facts.words.testing:
        messages += _further(facts, [*others, tool])
    return Dialogue(messages, "uses a tool's result", offered, holds=holds)


def other_tools(facts: Facts) -> list[dict[str, Any]]:
    """A few that have nothing to do with what is asked."""
    return [_any(facts)[0].declared for _ in range(facts.chance.choice((1, 1, 2)))]


def _further(facts: Facts, tools: list[Tool]) -> list[Message]:
    """More calls with the same tools at hand, and requests that none of them is for."""
    messages: list[Message] = []
    for tool in tools[: facts.chance.choice((1, 2, 3))]:
        if facts.chance.random() < 0.3:
            [other] = _any(facts)
            if not any(_alike(other, each) for each in tools):
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
        others = invented_tools(facts)
    messages = [*_opening(facts), user(asked), assistant(answer)]
    return Dialogue(messages, "calls no tool in vain", [other.declared for other in others], holds=[answer])


def _in_vain(facts: Facts, tools: list[Tool]) -> tuple[str, Message]:
    """Something that none of the tools is for."""
    [other] = _any(facts)
    if facts.chance.random() < 0.5 or any(_alike(other, each) for each in tools):
        return unknown_question(facts)[0], assistant(NO_TOOL)
    return other.request, assistant(NO_TOOL)


def _offered(facts: Facts) -> tuple[Tool, list[Tool]]:
    """The tool that is meant, and up to three others with names and jobs of their own."""
    [tool], *others = _box(facts, 1)
    return tool, [other for [other] in others]


def _box(facts: Facts, ways: int) -> list[list[Tool]]:
    """Up to four tools with names and jobs of their own, each asked for in some ways, the first as often as can be."""
    first = _any(facts, ways)
    others: dict[str, list[Tool]] = {}
    for _ in range(facts.chance.choice((0, 1, 2, 3, 3))):
        other = _any(facts, facts.chance.randint(1, ways) if ways > 1 else 1)
        if other[0].name != first[0].name and not _alike(first[0], other[0]):
            others[other[0].name] = other
    return [first, *others.values()]


def _alike(one: Tool, other: Tool) -> bool:
    return one.about == other.about or _shares_job(one, other)


def _shares_job(one: Tool, other: Tool) -> bool:
    words = {word for word in re.findall(r"[a-z]+", one.name) if word not in ("get", "set", "find", "search")}
    return any(word in words for word in re.findall(r"[a-z]+", other.name))


def _any(facts: Facts, ways: int = 1) -> list[Tool]:
    """A tool, asked for in so many ways at most."""
    if facts.chance.random() < (_INVENTED_SHARE_TESTED if facts.words.testing else _INVENTED_SHARE):
        return invented_tools(facts, ways)
    if not facts.words.testing and facts.chance.random() < _JOB_SHARE:
        return job_tools(facts, ways)
    return known_tools(facts, ways)


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


def _shuffled(facts: Facts, offered: list[Tool]) -> list[dict[str, Any]]:
    facts.chance.shuffle(offered)
    return [each.declared for each in offered]
