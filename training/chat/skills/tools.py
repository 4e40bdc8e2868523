"""Tools: which to call, with what, and what to say of its result."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..dialogue import Dialogue, Message, assistant, called, system, tool_said, user
from ..facts import Facts
from ..lists import listed, load
from ..variety import with_invented_words
from .smalltalk import NO_TOOL, greeting, unknown_question

__all__ = ("Tool", "calls", "other_tools", "uses_result", "without_call")

_DATA = load("tools")
_LEARNED: list[dict[str, Any]] = [tool for tool in _DATA["tool"] if not tool.get("tested")]
_TESTED: list[dict[str, Any]] = [tool for tool in _DATA["tool"] if tool.get("tested")]
_ASKED_OTHERWISE: list[dict[str, Any]] = [tool for tool in _LEARNED if "test_asks" in tool]
_PARAMETERS, _TEST_PARAMETERS = _DATA["parameters"], _DATA["test_parameters"]
_UNNAMED: dict[str, list[str]] = _DATA["unnamed"]
_ODD = 0.25  # of these have any word in a place where tests have words that were never learned
_NAMED = 0.6  # of the requests for invented tools: they say the names of the arguments in any case
_INVENTED_WORDS = 0.3  # of the known tools that are learned: some of their words are such as nobody has heard
_KNOWN_CHOICES = 0.5  # of the lists of choices that are learned are as they are written
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
    return _invented(facts) if facts.chance.random() < 0.4 else _known(facts)


def _known(facts: Facts) -> Tool:
    """One of the list; when testing, half of them are such as were never learned."""
    chance, testing = facts.chance, facts.words.testing
    row = chance.choice((_TESTED if chance.random() < 0.5 else _ASKED_OTHERWISE) if testing else _LEARNED)
    asks = row["asks"] + row["test_asks"] if row.get("tested") else row["test_asks" if testing else "asks"]
    request, name, about = chance.choice(asks), chance.choice(row["names"]), chance.choice(row["about"])
    if not testing and chance.random() < _INVENTED_WORDS:
        [request], [name, about] = with_invented_words(chance, facts.words.word, [request], [name, about])
    request = facts.asked(request)
    kinds = {name: _choices(facts, kind) for name, kind in row["arguments"].items()}
    arguments = {name: _made(facts, kind) for name, kind in kinds.items() if f"{{{name}}}" in request}
    parameters = {name: _declared(kind) for name, kind in kinds.items()}
    result = {name: _made(facts, kind) for name, kind in row["result"].items()}
    if chance.random() < 0.2:
        result[chance.choice(list(_PARAMETERS))] = _made(facts, chance.choice(list(_PARAMETERS.values())))
    return Tool(name, about, parameters, request.format(**arguments), arguments, result)


def _choices(facts: Facts, kind: Any) -> Any:
    """Of a list of choices, at times another: then they are in the request and in the declaration, and nowhere else."""
    if not isinstance(kind, list) or facts.words.testing or facts.chance.random() < _KNOWN_CHOICES:
        return kind
    makers: tuple[Callable[[], str], ...] = (
        facts.words.word,
        facts.words.word,
        lambda: facts.everyday.pick("adjectives"),
        lambda: facts.everyday.pick("nouns"),
        facts.everyday.thing,
        lambda: f"{facts.words.word()}-{facts.words.word()}",
    )
    make = facts.chance.choice(makers)
    return list(dict.fromkeys(make() for _ in range(facts.chance.choice((2, 3, 3, 4)))))


def _made(facts: Facts, kind: Any) -> Any:
    """A value of a kind or out of a list, as JSON has it."""
    if isinstance(kind, list):
        return facts.chance.choice(kind)
    return _TYPES.get(kind, ("", str))[1](facts.value(kind))


def _declared(kind: Any) -> dict[str, Any]:
    if isinstance(kind, list):
        return {"type": "string", "enum": kind}
    return {"type": _TYPES.get(kind, ("string", str))[0]}


_TYPES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "number": ("integer", int),
    "small": ("integer", int),
    "year": ("integer", int),
    "port": ("integer", int),
    "decimal": ("number", float),
}


def _invented(facts: Facts) -> Tool:
    """A verb and a noun; the request says them in words."""
    chance, everyday = facts.chance, facts.everyday
    verb, noun = everyday.pick("verbs"), everyday.pick("nouns")
    known = _TEST_PARAMETERS if facts.words.testing and chance.random() < 0.5 else _PARAMETERS
    names = chance.sample(list(known), chance.choice((1, 1, 2, 2, 3)))
    kinds: dict[str, Any] = {_parameter(facts, name): known[name] for name in names}
    if chance.random() < 0.15:
        kinds[chance.choice(("mode", "level", "kind"))] = _choices(
            facts, chance.sample(_CHOICES, chance.choice((2, 3)))
        )
    arguments = {name: _made(facts, kind) for name, kind in kinds.items()}
    parameters = {name: _declared(kind) for name, kind in kinds.items()}
    name = chance.choice((f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{noun}_{verb}"))
    short = f"{verb.capitalize()} a {noun}"
    about = chance.choice((short, f"{short} by its {next(iter(kinds))}", f"{noun}: {verb}", ""))
    said = _listed(facts, _parts(facts, kinds, arguments))
    request = _request(facts).format(v=verb, V=verb.capitalize(), n=noun, a=said)
    result = {n: _made(facts, known[n]) for n in chance.sample(list(known), chance.choice((1, 1, 2, 3)))}
    return Tool(name.replace("-", "_"), about, parameters, request, arguments, result)


def _parameter(facts: Facts, name: str) -> str:
    """Some have names that no other tool has."""
    pick, everyday = facts.chance.random(), facts.everyday
    if pick < 0.7:
        return name
    noun = everyday.pick("nouns").replace("-", "_")
    return noun if pick < 0.85 else f"{noun}_{name}" if pick < 0.95 else facts.words.word()


def _request(facts: Facts) -> str:
    """A form with {v}erb, {n}oun and {a}rguments; when it is learned, at times with any word before the arguments."""
    chance = facts.chance
    if facts.words.testing:
        return facts.asked(facts.wording("tool_asks"))
    if chance.random() < 0.5:
        form = facts.asked(facts.wording("tool_asks"))
    else:
        form = facts.asked(chance.choice(load("variety")["requests"])).replace("{r}", chance.choice(_ORDERS))
    return form.replace("{a}", f"{_any_word(facts)} {{a}}") if chance.random() < _ODD else form


def _parts(facts: Facts, kinds: dict[str, Any], arguments: dict[str, Any]) -> list[str]:
    """How each argument is said: with its name, or without, where the kind of the value tells which it is."""
    plain = [_UNNAMED.get(kind, ()) if isinstance(kind, str) else () for kind in kinds.values()]
    alike = len(set(map(str, kinds.values()))) < len(kinds)
    if facts.words.testing or alike or not all(plain) or facts.chance.random() < _NAMED:
        return [_join(facts).format(name.replace("_", " "), value) for name, value in arguments.items()]
    return [facts.chance.choice(forms).format(v) for forms, v in zip(plain, arguments.values(), strict=True)]


def _join(facts: Facts) -> str:
    """How an argument is said: its name, its value, and at times any word between them."""
    pick = facts.chance.random()
    if facts.words.testing or pick < 0.45:
        return facts.wording("tool_joins")
    between = facts.chance.choice(load("variety")["connectors"]) if pick < 1 - _ODD else _any_word(facts)
    return f"{{}} {between} {{}}"


def _any_word(facts: Facts) -> str:
    """Known or not, but none that stands between names and values in a test."""
    kinds: tuple[Callable[[], str], ...] = (
        facts.words.word,
        lambda: facts.everyday.pick("verbs"),
        lambda: facts.everyday.pick("adjectives"),
        lambda: facts.chance.choice(_SMALL),
    )
    return facts.chance.choice(kinds)()


_SMALL = sorted(set(listed("small")) - {word for joint in load("orders")["test_tool_joins"] for word in joint.split()})
_ORDERS = ("{v} the {n} with {a}", "{v} a {n} with {a}", "{v} the {n}, {a}", "{v} a {n}: {a}", "{v} this {n} ({a})",
           "{v} {n} {a}", "{v} one {n} for {a}", "{v} the {n} where {a}", "{v} our {n}; {a}")  # fmt: skip


def _listed(facts: Facts, parts: list[str]) -> str:
    facts.chance.shuffle(parts)
    comma = facts.chance.choice((", ", " and "))
    return parts[0] if len(parts) == 1 else comma.join(parts[:-1]) + " and " + parts[-1]


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
