"""Tools that nobody has: a verb, a noun, arguments; the request says them in words."""

from collections.abc import Callable
from typing import Any

from .facts import Facts
from .lists import listed, load
from .toolbox import PARAMETERS, Tool, choices, declared, made

__all__ = ("invented_tools",)

_TEST_PARAMETERS: dict[str, str] = load("tools")["test_parameters"]
_UNNAMED: dict[str, list[str]] = load("tools")["unnamed"]
_CHOICES = ["low", "high", "fast", "slow", "daily", "weekly", "open", "closed", "small", "large", "north", "south"]
_NAMED = 0.6  # of the requests say the names of the arguments in any case
_ODD = 0.25  # of these have any word in a place where tests have words that were never learned
_WITHOUT_WORDS = ("number", "code", "email", "path", "phone", "url", "version")  # kinds whose values begin with none
_SMALL = sorted(set(listed("small")) - {word for joint in load("orders")["test_tool_joins"] for word in joint.split()})


def invented_tools(facts: Facts, count: int = 1) -> list[Tool]:
    """A verb and a noun, asked for in so many ways; the request says them in words."""
    chance, everyday = facts.chance, facts.everyday
    verb, noun = everyday.pick("verbs"), everyday.pick("nouns")
    known = _TEST_PARAMETERS if facts.words.testing and chance.random() < 0.5 else PARAMETERS
    names = chance.sample(list(known), chance.choice((1, 1, 2, 2, 3)))
    kinds: dict[str, Any] = {_parameter(facts, name): known[name] for name in names}
    if chance.random() < 0.15:
        kinds[chance.choice(("mode", "level", "kind"))] = choices(facts, chance.sample(_CHOICES, chance.choice((2, 3))))
    asked = [{name: made(facts, kind) for name, kind in kinds.items()} for _ in range(count)]
    parameters = {name: declared(kind) for name, kind in kinds.items()}
    name = chance.choice((f"{verb}_{noun}", f"{verb}_{noun}", f"{verb}{noun.capitalize()}", f"{noun}_{verb}"))
    short = f"{verb.capitalize()} a {noun}"
    about = chance.choice((short, f"{short} by its {next(iter(kinds))}", f"{noun}: {verb}", ""))

    def tool(arguments: dict[str, Any]) -> Tool:
        said = _listed(facts, _parts(facts, kinds, arguments))
        request = _request(facts).format(v=verb, V=verb.capitalize(), n=noun, a=said)
        result = {n: made(facts, known[n]) for n in chance.sample(list(known), chance.choice((1, 1, 2, 3)))}
        return Tool(name.replace("-", "_"), about, parameters, request, arguments, result)

    return [tool(arguments) for arguments in asked]


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
        variety = load("variety")
        form = facts.asked(chance.choice(variety["requests"])).replace("{r}", chance.choice(variety["orders"]))
    return form.replace("{a}", f"{_any_word(facts)} {{a}}") if chance.random() < _ODD else form


def _parts(facts: Facts, kinds: dict[str, Any], arguments: dict[str, Any]) -> list[str]:
    """How each argument is said: with its name, or without, where the kind of the value tells which it is."""
    plain = [_UNNAMED.get(kind, ()) if isinstance(kind, str) else () for kind in kinds.values()]
    alike = len(set(map(str, kinds.values()))) < len(kinds)
    if facts.words.testing or alike or not all(plain) or facts.chance.random() < _NAMED:
        joined = zip(arguments.items(), kinds.values(), strict=True)
        return [_join(facts, kind).format(name.replace("_", " "), value) for (name, value), kind in joined]
    return [facts.chance.choice(forms).format(v) for forms, v in zip(plain, arguments.values(), strict=True)]


def _join(facts: Facts, kind: Any) -> str:
    """How an argument is said: its name, its value, and at times any word between them: a small one, where the value
    may begin with any other."""
    pick = facts.chance.random()
    if facts.words.testing or pick < 0.45:
        return facts.wording("tool_joins")
    if pick < 1 - _ODD:
        between = facts.chance.choice(load("variety")["connectors"])
    else:
        between = _any_word(facts) if kind in _WITHOUT_WORDS else facts.chance.choice(_SMALL)
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


def _listed(facts: Facts, parts: list[str]) -> str:
    facts.chance.shuffle(parts)
    comma = facts.chance.choice((", ", " and "))
    return parts[0] if len(parts) == 1 else comma.join(parts[:-1]) + " and " + parts[-1]
