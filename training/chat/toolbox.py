"""Tools that programs have, with requests that call for them; and what any tool is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .facts import Facts
from .lists import load
from .variety import with_invented_words

__all__ = ("PARAMETERS", "Tool", "asked_for", "choices", "declared", "known_tools", "made")

_TOOLS: list[dict[str, Any]] = load("tools")["tool"]
_TESTED = [tool for tool in _TOOLS if tool.get("tested")]
_LEARNED = [tool for tool in _TOOLS if not tool.get("tested")]
_COMMON = [tool for tool in _LEARNED if "test_asks" in tool]  # those that most programs have; tested in other words
_COMMON_SHARE = 0.25  # of the tools that are learned
PARAMETERS: dict[str, str] = load("tools")["parameters"]  # and the kinds of their values
_INVENTED_WORDS = 0.2  # of the known tools that are learned: some of their words are such as nobody has heard
_KNOWN_CHOICES = 0.5  # of the lists of choices that are learned are as they are written
_TYPED_IN_HASTE = 0.1  # of the names that are learned, without a capital
_IDENTIFIERS = 0.2  # of the words that are learned are such as programs have: web-02
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
    chance, testing = facts.chance, facts.words.testing
    row = _row(facts)
    asks = row["asks"] + row["test_asks"] if row.get("tested") else row["test_asks" if testing else "asks"]
    requests = chance.sample(asks, min(count, len(asks)))
    name, about = chance.choice(row["names"]), chance.choice(row["about"])
    if not testing and chance.random() < _INVENTED_WORDS:
        requests, [name, about] = with_invented_words(chance, facts.words.word, requests, [name, about])
    kinds = {name: choices(facts, kind) for name, kind in row["arguments"].items()}
    called = _called(facts, row)
    return [asked_for(facts, name, about, kinds, called, request, row["result"]) for request in requests]


def asked_for(
    facts: Facts,
    name: str,
    about: str,
    kinds: dict[str, Any],
    called: dict[str, str],
    request: str,
    result: dict[str, Any],
) -> Tool:
    """A tool with a request that has a `{name}` for each argument that it gives; `called` says what each is called."""
    held = [argument for argument in kinds if f"{{{argument}}}" in request]
    request = facts.asked(request, whole=len(held) > 1)
    values = {argument: made(facts, kinds[argument]) for argument in held}
    parameters = {called[argument]: declared(kind) for argument, kind in kinds.items()}
    arguments = {called[argument]: value for argument, value in values.items()}
    answers = {field: made(facts, kind) for field, kind in result.items()}
    if facts.chance.random() < 0.2:
        answers[facts.chance.choice(list(PARAMETERS))] = made(facts, facts.chance.choice(list(PARAMETERS.values())))
    return Tool(name, about, parameters, request.format(**values), arguments, answers)


def _row(facts: Facts) -> dict[str, Any]:
    chance = facts.chance
    if facts.words.testing:
        return chance.choice(_TESTED if chance.random() < 0.5 else _COMMON)
    return chance.choice(_COMMON if chance.random() < _COMMON_SHARE else _LEARNED)


def _called(facts: Facts, row: dict[str, Any]) -> dict[str, str]:
    """What each argument is called; at times otherwise, so that what a name means is learned and not the tool."""
    names: dict[str, str] = {name: name for name in row["arguments"]}
    if not facts.words.testing and facts.chance.random() < _CALLED_OTHERWISE:
        others: dict[str, list[str]] = row.get("called", {})
        names = {name: facts.chance.choice((name, *others.get(name, ()))) for name in names}
    return names


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
    if kind == "word" and not facts.words.testing and facts.chance.random() < _IDENTIFIERS:
        return facts.chance.choice(load("values")["identifiers"])
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
