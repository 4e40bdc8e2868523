"""Facts: a thing, what is said of it, and how one asks for that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .everyday import Everyday
from .lists import listed, load

__all__ = ("Fact", "Facts")

_RELATIONS: dict[str, Any] = load("relations")
_SAYS = (
    "The {n} of {e} is {v}.",
    "{e} has the {n} {v}.",
    "The {n} for {e} is {v}.",
    "{e}'s {n} is {v}.",
    "{N} of {e}: {v}.",
    "As {n}, {e} has {v}.",
)
_ASKS = (
    "What is the {n} of {e}?",
    "What is {e}'s {n}?",
    "What's the {n} of {e}?",
    "Which {n} does {e} have?",
    "Tell me the {n} of {e}.",
    "{e}: {n}?",
    "I need the {n} of {e}.",
    "Do you know the {n} of {e}?",
    "what is the {n} of {e}",
    "Give me the {n} of {e}.",
    "{N} of {e}?",
)
_TEST_SAYS = ("{v} is the {n} of {e}.", "We know that the {n} of {e} is {v}.")
_TEST_ASKS = (
    "Could you tell me the {n} of {e}?",
    "What {n} does {e} have?",
    "Please give me {e}'s {n}.",
    "I would like to know the {n} of {e}.",
    "{e} has which {n}?",
)
_TITLES = ("the {}", "the {}", "{}", "{}", "{}", "our {}", "the {} {}", "{} {}")


@dataclass(frozen=True)
class Fact:
    """`thing` has the `noun` `value`; said in a sentence, and again with a pronoun; questions that ask for it."""

    thing: str
    noun: str
    value: str
    sentence: str
    pronoun: str
    asks: tuple[str, ...]

    @property
    def again(self) -> str:
        """As a second question about another thing."""
        return f"And the {self.noun} of {self.thing}?"

    @property
    def more(self) -> str:
        """As a second question about the same thing."""
        return f"And the {self.noun}?"


class Facts:
    def __init__(self, everyday: Everyday) -> None:
        self.everyday, self.words, self.chance = everyday, everyday.words, everyday.words.chance

    def thing(self) -> str:
        name = self.words.name()
        pick = self.chance.random()
        if pick < 0.35:
            return name
        if pick < 0.55:
            return f"{name} {self.words.name()}"
        if pick < 0.75:
            return f"the {name} {self.everyday.pick('nouns')}"
        if pick < 0.85:
            return f"{self.everyday.pick('nouns').capitalize()} {self.words.code()}"
        return f"the {self.everyday.thing()}"

    def noun(self) -> str:
        return self.words.word() if self.chance.random() < 0.12 else self.chance.choice(list(_RELATIONS))

    def fact(self, thing: str | None = None, noun: str | None = None) -> Fact:
        thing, noun = thing or self.thing(), noun or self.noun()
        relation = _RELATIONS.get(noun, {})
        kind = relation.get("value") or self.chance.choice(_INVENTED)
        value = _MAKERS[kind](self)
        slots = {"e": thing, "n": noun, "N": noun.capitalize(), "v": value}
        form = self._form(relation)
        return Fact(
            thing, noun, value, _said(form, slots), _said(form, slots | {"e": "it"}), self._asks(relation, slots)
        )

    def facts_of(self, thing: str, count: int) -> list[Fact]:
        nouns: dict[str, None] = {}
        while len(nouns) < count:
            nouns[self.noun()] = None
        return [self.fact(thing, noun) for noun in nouns]

    def value(self, kind: str) -> str | int:
        """A value of a kind; a number is a number."""
        return self.words.number() if kind == "number" else _MAKERS[kind](self)

    def _form(self, relation: dict[str, Any]) -> str:
        """When testing, half of the sentences are of forms that were never learned."""
        says, general = relation.get("says", ()), _SAYS
        if self.words.testing and self.chance.random() < 0.5:
            says, general = relation.get("test_says", ()), _TEST_SAYS
        return str(self.chance.choice(says if says and self.chance.random() < 0.6 else general))

    def _asks(self, relation: dict[str, Any], slots: dict[str, str]) -> tuple[str, ...]:
        asks = relation.get("test_asks" if self.words.testing else "asks", ())
        general = _TEST_ASKS if self.words.testing else _ASKS
        forms = (*asks, *self.chance.sample(general, min(len(general), max(2, len(asks)))))
        return tuple(_said(form, slots) for form in forms)


def _said(form: str, slots: dict[str, str]) -> str:
    text = form.format(**slots).replace("it's ", "its ")
    return text[0].upper() + text[1:]


def _unit(low: int, high: int, *units: str) -> Callable[[Facts], str]:
    return lambda self: f"{self.words.number(low, high)} {self.chance.choice(units)}"


def _money(self: Facts) -> str:
    amount = str(self.words.number(2, 9999)) if self.chance.random() < 0.6 else self.words.decimal()
    return self.chance.choice(("{} euros", "{} dollars", "${}", "€{}", "{} francs", "{} crowns")).format(amount)


def _large(self: Facts) -> str:
    number = self.words.number(200, 99_999)
    return f"{number:,}" if self.chance.random() < 0.5 else str(number)


def _sum(self: Facts) -> str:
    numbers = [str(self.words.number(2, 9999)) for _ in range(self.chance.choice((2, 2, 3)))]
    space = self.chance.choice((" ", "", " "))
    text = numbers[0]
    for number in numbers[1:]:
        text += f"{space}{self.chance.choice('+-*/')}{space}{number}"
    return text


def _path(self: Facts) -> str:
    folder = self.chance.choice(("", "", f"{self.words.word()}/", f"/{self.words.word()}/{self.words.word()}/"))
    return f"{folder}{self.words.word()}.{self.chance.choice(('txt', 'md', 'py', 'csv', 'json'))}"


def _one_of(text: str) -> Callable[[Facts], str]:
    return lambda self: self.chance.choice(text.split("|"))


def _version(self: Facts) -> str:
    return ".".join(str(self.chance.randint(0, 40)) for _ in range(self.chance.choice((2, 3))))


_MAKERS: dict[str, Callable[[Facts], str]] = {
    "money": _money,
    "person": lambda self: self.words.person(),
    "name": lambda self: self.words.name(),
    "word": lambda self: self.words.word(),
    "plain": lambda self: self.words.word() if self.chance.random() < 0.4 else self.everyday.thing(),
    "material": lambda self: self.everyday.pick("nouns"),
    "colour": lambda self: self.chance.choice(listed("colours")),
    "job": lambda self: self.words.word() if self.chance.random() < 0.3 else f"{self.everyday.pick('nouns')} maker",
    "year": lambda self: str(self.words.year()),
    "date": lambda self: self.words.date(),
    "time": lambda self: self.words.time(),
    "weekday": lambda self: self.words.weekday(),
    "small": lambda self: str(self.words.number(2, 120)),
    "large": _large,
    "length": _unit(2, 900, "metres", "m", "km", "feet", "cm"),
    "weight": _unit(2, 900, "kg", "grams", "tons", "kilograms"),
    "speed": _unit(2, 400, "km/h", "knots", "metres a second"),
    "duration": _unit(2, 90, "days", "weeks", "hours", "minutes", "years", "months"),
    "phone": lambda self: self.words.phone(),
    "email": lambda self: self.words.email(),
    "url": lambda self: self.words.address(),
    "code": lambda self: self.words.code(),
    "port": lambda self: str(self.words.number(80, 65_000)),
    "version": _version,
    "sum": _sum,
    "path": _path,
    "phrase": lambda self: self.words.phrase() if self.chance.random() < 0.6 else self.everyday.thing(),
    "decimal": lambda self: self.words.decimal(),
    "letters": lambda self: "".join(self.chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(4)),
    "language": _one_of("French|German|Spanish|Italian|English|Japanese|Chinese|Arabic|Greek|Dutch|Latin|Polish"),
    "currency": _one_of("EUR|USD|GBP|JPY|CHF|SEK|euros|dollars|pounds|yen|francs"),
    "sky": _one_of("sunny|cloudy|rain|snow|clear|wind|fog|storm"),
    "unit": _one_of("celsius|fahrenheit"),
    "state": _one_of("sent|ok|done|created|open|closed|waiting|saved|delivered|on|off|paid|ready"),
}
_INVENTED = tuple(kind for kind in _MAKERS if kind not in ("sum", "path", "sky", "unit", "state"))
