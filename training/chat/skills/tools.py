"""Tools: which to call, with what, and what to say of its result."""

import json
import re
from dataclasses import dataclass
from typing import Any

from ..dialogue import Dialogue, Message, assistant, called, system, tool_said, user
from ..facts import Facts
from ..lists import load
from .smalltalk import NO_TOOL, greeting, unknown_question

__all__ = ("Tool", "calls", "uses_result", "without_call")

_DATA = load("tools")
_KNOWN: list[dict[str, Any]] = _DATA["tool"]
_PARAMETERS, _TEST_PARAMETERS = _DATA["parameters"], _DATA["test_parameters"]
_ORDERS = (
    "You are a helpful assistant.",
    "Use the tools when they help.",
    "You can call tools.",
    "Call a tool if needed.",
)
_TEST_ORDERS = ("You are an assistant with access to tools.", "Help the user with the tools that you have.")
_CHOICES = ["low", "high", "fast", "slow", "daily", "weekly", "open", "closed", "small", "large", "north", "south"]


@dataclass
class Tool:
    """A tool, a request that calls for it, the arguments which the request holds, and what it answers."""

    name: str
    about: str
    parameters: dict[str, Any]
    request: str
    arguments: dict[str, Any]
    result: dict[str, Any]

    @property
    def declared(self) -> dict[str, Any]:
        parameters = {"type": "object", "properties": self.parameters, "required": list(self.arguments)}
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.about, "parameters": parameters},
        }


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
        messages += _further(facts, others)
    return Dialogue(messages, "uses a tool's result", offered, holds=holds)


def _further(facts: Facts, tools: list[Tool]) -> list[Message]:
    """More calls with the same tools at hand."""
    messages: list[Message] = []
    for tool in tools[: facts.chance.choice((0, 1, 2, 3))]:
        said, answer, _ = _outcome(facts, tool)
        messages += [user(tool.request), called(tool.name, tool.arguments), tool_said(said), assistant(answer)]
    return messages


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
        others = [_invented(facts)]
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
    return _invented(facts) if facts.chance.random() < 0.5 else _known(facts)


def _known(facts: Facts) -> Tool:
    row = facts.chance.choice(_KNOWN)
    asks = row["test_asks" if facts.words.testing else "asks"]
    request = facts.chance.choice(asks)
    arguments, parameters = {}, {}
    for name, kind in row["arguments"].items():
        if f"{{{name}}}" in request:
            arguments[name] = facts.value(kind) if isinstance(kind, str) else facts.chance.choice(kind)
        parameters[name] = _declared(kind)
    result = {name: facts.value(kind) for name, kind in row["result"].items()}
    request = request.format(**arguments)
    about = facts.chance.choice(row["about"])
    return Tool(facts.chance.choice(row["names"]), about, parameters, request, arguments, result)


def _declared(kind: Any) -> dict[str, Any]:
    if isinstance(kind, list):
        return {"type": "string", "enum": kind}
    return {"type": "integer" if kind == "number" else "string"}


def _invented(facts: Facts) -> Tool:
    """A verb and a noun; the request says them in words."""
    chance, everyday = facts.chance, facts.everyday
    verb, noun = everyday.pick("verbs"), everyday.pick("nouns")
    known = _TEST_PARAMETERS if facts.words.testing and chance.random() < 0.5 else _PARAMETERS
    names = chance.sample(list(known), chance.choice((1, 1, 2, 2, 3)))
    kinds: dict[str, Any] = {name: known[name] for name in names}
    if chance.random() < 0.15:
        kinds[chance.choice(("mode", "level", "kind"))] = chance.sample(_CHOICES, chance.choice((2, 3)))
    arguments = {n: facts.value(k) if isinstance(k, str) else chance.choice(k) for n, k in kinds.items()}
    parameters = {name: _declared(kind) for name, kind in kinds.items()}
    name = chance.choice((f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{noun}_{verb}"))
    about = chance.choice(
        (f"{verb.capitalize()} a {noun}", f"{verb.capitalize()} a {noun} by its {names[0]}", f"{noun}: {verb}", "")
    )
    asks, joins = (_TEST_ASKS, _TEST_JOINS) if facts.words.testing else (_ASKS, _JOINS)
    said = _listed(facts, [chance.choice(joins).format(n.replace("_", " "), v) for n, v in arguments.items()])
    request = chance.choice(asks).format(v=verb, V=verb.capitalize(), n=noun, a=said)
    result = {n: facts.value(known[n]) for n in chance.sample(list(known), chance.choice((1, 1, 2, 3)))}
    return Tool(name.replace("-", "_"), about, parameters, request, arguments, result)


def _listed(facts: Facts, parts: list[str]) -> str:
    facts.chance.shuffle(parts)
    comma = facts.chance.choice((", ", " and "))
    return parts[0] if len(parts) == 1 else comma.join(parts[:-1]) + " and " + parts[-1]


_ASKS = (
    "{V} the {n} with {a}.",
    "{V} a {n} with {a}.",
    "Please {v} the {n}: {a}",
    "I want to {v} a {n} with {a}.",
    "Can you {v} the {n} with {a}?",
)
_TEST_ASKS = ("Could you {v} a {n}? Take {a}.", "I need you to {v} the {n} with {a}.", "{V} {n}, {a}")
_JOINS = ("{} {}", "{} {}", "the {} {}", "{} = {}", "{}: {}")
_TEST_JOINS = ("{} {}", "{} of {}", "{} being {}")


def _outcome(facts: Facts, tool: Tool) -> tuple[str, str, list[str]]:
    """What the tool says, what the model says, and what must be in that."""
    pick, chance = facts.chance.random(), facts.chance
    values = [str(value) for value in tool.result.values()]
    if pick < 0.6:
        return json.dumps(tool.result, ensure_ascii=False), _told(tool.result), values
    if pick < 0.75:  # a sentence
        sentence = facts.fact().sentence if chance.random() < 0.6 else facts.everyday.sentence()
        return sentence, sentence, [sentence]
    if pick < 0.92:  # a bare value
        value = values[0]
        return value, f"The result is {value}.", [value]
    error = chance.choice(("not found", "timeout", "no access", facts.words.phrase(3)))
    said = chance.choice(("Error: {}", '{{"error": "{}"}}')).format(error)
    return said, f"The tool failed: {error}.", [error]


def _told(result: dict[str, Any]) -> str:
    parts = [f"the {name.replace('_', ' ')} is {value}" for name, value in result.items()]
    text = ", ".join(parts[:-1]) + (" and " if parts[1:] else "") + parts[-1]
    return f"{text[0].upper()}{text[1:]}."


def _opening(facts: Facts) -> list[Message]:
    if facts.chance.random() < 0.7:
        return []
    return [system(facts.chance.choice(_TEST_ORDERS if facts.words.testing else _ORDERS))]


def _shuffled(facts: Facts, tool: Tool, others: list[Tool]) -> list[dict[str, Any]]:
    offered = [tool, *others]
    facts.chance.shuffle(offered)
    return [each.declared for each in offered]
