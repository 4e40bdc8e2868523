"""Tools that programs have, with requests that call for them; and what any tool is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .facts import Facts
from .lists import load
from .variety import with_invented_words

__all__ = ("PARAMETERS", "Tool", "choices", "declared", "known_tools", "made", "tools_of")

_TOOLS: list[dict[str, Any]] = load("tools")["tool"]
_TESTED = [tool for tool in _TOOLS if tool.get("tested")]
_LEARNED = [tool for tool in _TOOLS if not tool.get("tested")]
_COMMON = [tool for tool in _LEARNED if "test_asks" in tool]  # those that most programs have; tested in other words
_COMMON_SHARE = 0.25  # of the tools that are learned
PARAMETERS: dict[str, str] = load("tools")["parameters"]  # and the kinds of their values
_INVENTED_WORDS = 0.2  # of the known tools that are learned: some of their words are such as nobody has heard
_KNOWN_CHOICES = 0.5  # of the lists of choices that are learned are as they are written
_TYPED_IN_HASTE = 0.1  # of the names that are learned, without a capital
_CALLED_OTHERWISE = 0.6  # of the tools whose arguments may have other names too


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


def known_tools(facts: Facts, count: int = 1) -> list[Tool]:
    """One of the list, asked for in so many ways at most; when testing, half of them are such as were never learned."""
    row = _row(facts)
    asks = row["test_asks" if facts.words.testing else "asks"]
    if row.get("tested"):
        asks = row["asks"] + row["test_asks"]
    requests = facts.chance.sample(asks, min(count, len(asks)))
    return tools_of(facts, row, row["arguments"], row.get("called", {}), requests)


def tools_of(
    facts: Facts, row: dict[str, Any], kinds: dict[str, Any], others: dict[str, list[str]], requests: list[str]
) -> list[Tool]:
    """A tool with one of the row's `names` and what it says `about` it, once for each request, which has a `{name}` for
    each argument that it gives; `others` has other names of arguments."""
    chance = facts.chance
    name, about = chance.choice(row["names"]), chance.choice(row["about"])
    if not facts.words.testing and chance.random() < _INVENTED_WORDS:
        requests, [name, about] = with_invented_words(chance, facts.words.word, requests, [name, about])
    kinds = {argument: choices(facts, kind) for argument, kind in kinds.items()}
    called = _called(facts, list(kinds), others)
    parameters = {called[argument]: declared(kind) for argument, kind in kinds.items()}
    asked = (_asked(facts, kinds, request) for request in requests)
    return [
        Tool(name, about, parameters, request, {called[argument]: value for argument, value in values.items()}, result)
        for request, values, result in ((*each, _result(facts, row["result"])) for each in asked)
    ]


def _asked(facts: Facts, kinds: dict[str, Any], request: str) -> tuple[str, dict[str, Any]]:
    """The request with values in it, and these."""
    held = [argument for argument in kinds if f"{{{argument}}}" in request]
    request = facts.asked(request, whole=len(held) > 1)
    values = {argument: made(facts, kinds[argument]) for argument in held}
    return request.format(**values), values


def _result(facts: Facts, kinds: dict[str, Any]) -> dict[str, Any]:
    """At times with a field more than the tool has otherwise."""
    result = {field: made(facts, kind) for field, kind in kinds.items()}
    if facts.chance.random() < 0.2:
        result[facts.chance.choice(list(PARAMETERS))] = made(facts, facts.chance.choice(list(PARAMETERS.values())))
    return result


def _row(facts: Facts) -> dict[str, Any]:
    chance = facts.chance
    if facts.words.testing:
        return chance.choice(_TESTED if chance.random() < 0.5 else _COMMON)
    return chance.choice(_COMMON if chance.random() < _COMMON_SHARE else _LEARNED)


def _called(facts: Facts, names: list[str], others: dict[str, list[str]]) -> dict[str, str]:
    """What each argument is called; at times otherwise, so that what a name means is learned and not the tool."""
    if facts.words.testing or facts.chance.random() >= _CALLED_OTHERWISE:
        return {name: name for name in names}
    return {name: facts.chance.choice((name, *others.get(name, ()))) for name in names}


def choices(facts: Facts, kind: Any) -> Any:
    """Of a list of choices, at times another: then they are in the request and in the declaration, and nowhere else."""
    if not isinstance(kind, list) or facts.words.testing or facts.chance.random() < _KNOWN_CHOICES:
        return kind
    shared = facts.everyday.pick("nouns")
    makers: tuple[Callable[[], str], ...] = (
        facts.words.word,
        facts.words.word,
        lambda: f"{facts.everyday.pick('adjectives')} {shared}",
        lambda: facts.everyday.pick("adjectives"),
        lambda: facts.everyday.pick("nouns"),
        facts.everyday.thing,
        lambda: f"{facts.words.word()}-{facts.words.word()}",
    )
    make = facts.chance.choice(makers)
    return list(dict.fromkeys(make() for _ in range(facts.chance.choice((2, 3, 3, 4)))))


def made(facts: Facts, kind: Any) -> Any:
    """A value of a kind or out of a list, as JSON has it."""
    if isinstance(kind, list):
        return facts.chance.choice(kind)
    value = _TYPES.get(kind, ("", str))[1](facts.value(kind))
    if kind in ("name", "person") and not facts.words.testing and facts.chance.random() < _TYPED_IN_HASTE:
        return value.lower()
    return value


def declared(kind: Any) -> dict[str, Any]:
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
