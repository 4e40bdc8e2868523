"""Facts: a thing, what is said of it, and how one asks for that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .everyday import Everyday
from .lists import listed, load, wordings
from .variety import stated_otherwise, varied, with_other_words

__all__ = ("Fact", "Facts")

_RELATIONS: dict[str, Any] = load("relations")
_TESTED = [noun for noun, relation in _RELATIONS.items() if "test_says" in relation]  # in other words than are learned
_WRITTEN = 0.4  # of the phrases that are learned are such as people write
_IDENTIFIERS = 0.2  # of the words that are learned are such as programs have: web-02


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
        if self.chance.random() < 0.2:
            return self.words.word()
        return self.chance.choice(_TESTED if self.words.testing else list(_RELATIONS))

    def fact(self, thing: str | None = None, noun: str | None = None) -> Fact:
        thing, noun = thing or self.thing(), noun or self.noun()
        relation = _RELATIONS.get(noun, {})
        kind = relation.get("value") or self.chance.choice(_INVENTED)
        value = _MAKERS[kind](self)
        slots = {"e": thing, "n": noun, "N": noun.capitalize(), "v": value}
        form = self._form(relation)
        sentence, pronoun = _said(form, slots), _said(form, slots | {"e": "it"})
        if not self.words.testing:
            fixed = (value, thing.removeprefix("the "))
            sentence, pronoun = (stated_otherwise(self.chance, each, *fixed) for each in (sentence, pronoun))
        return Fact(thing, noun, value, sentence, pronoun, self._asks(relation, slots))

    def asked(self, text: str, *, whole: bool = False) -> str:
        """A question or a request as somebody types it, `whole` without leaving words out; those that are tested stay
        as they are."""
        return text if self.words.testing else varied(self.chance, text, whole=whole)

    def facts_of(self, thing: str, count: int) -> list[Fact]:
        nouns: dict[str, None] = {}
        while len(nouns) < count:
            nouns[self.noun()] = None
        return [self.fact(thing, noun) for noun in nouns]

    def wording(self, name: str) -> str:
        """One of the ways in which something can be said (`orders.toml`)."""
        return self._one_of(name, self.words.testing)

    def briefly(self) -> str:
        """An order to give the value and no sentence."""
        if self.words.testing or self.chance.random() < 0.4:
            return self.wording("brief")
        kind = self.chance.choice(list(load("variety")["briefly"].values()))
        form = str(self.chance.choice(kind["forms"])).replace("{t}", self.chance.choice(kind["list"]))
        return form[0].upper() + form[1:] if self.chance.random() < 0.7 else form

    def _one_of(self, name: str, testing: bool) -> str:
        return self.chance.choice(wordings(name, testing=testing))

    def value(self, kind: str) -> str | int:
        """A value of a kind; a number is a number."""
        return self.words.number() if kind == "number" else _MAKERS[kind](self)

    def _form(self, relation: dict[str, Any]) -> str:
        """When testing, half of the sentences are of forms that were never learned."""
        tested = self.words.testing and self.chance.random() < 0.5
        says = relation.get("test_says" if tested else "says")
        pick = self.chance.random()
        if says and pick < 0.55:
            return str(self.chance.choice(says))
        if pick < 0.8 or self.words.testing:
            return self._one_of("fact_says", tested)
        form = self._of("state_np")
        return form if form[-1] in ".!" else f"{form}."

    def _of(self, form: str) -> str:
        """A form for things that are named by a noun phrase, with one in it."""
        variety = load("variety")
        return str(self.chance.choice(variety[form])).replace("{np}", self.chance.choice(variety["np"]))

    def _asks(self, relation: dict[str, Any], slots: dict[str, str]) -> tuple[str, ...]:
        """Of both kinds, as many of each: those that only this relation has, and those that fit any."""
        own = relation.get("test_asks" if self.words.testing else "asks", ())
        forms = [*own, *(self._general() for _ in range(max(2, len(own))))]
        return tuple(_asked(form, slots) for form in forms)

    def _general(self) -> str:
        """A question that fits any relation."""
        made = not self.words.testing and self.chance.random() < 0.6
        return self._of("ask_np") if made else self.wording("fact_asks")


def _said(form: str, slots: dict[str, str]) -> str:
    text = form.format(**slots).replace("it's ", "its ")
    return text[0].upper() + text[1:]


def _asked(form: str, slots: dict[str, str]) -> str:
    """A form that begins with a small letter is meant so: people type in haste."""
    return form.format(**slots) if form[0].islower() or form.startswith("{n}") else _said(form, slots)


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


def _phrase(self: Facts) -> str:
    """Words that nobody has heard, or a thing; when it is learned, also what people do write, with some other words."""
    if not self.words.testing and self.chance.random() < _WRITTEN:
        return _written(self, "things" if self.chance.random() < 0.15 else "phrases")
    return self.words.phrase() if self.chance.random() < 0.6 else self.everyday.thing()


def _word(self: Facts) -> str:
    if not self.words.testing and self.chance.random() < _IDENTIFIERS:
        return str(self.chance.choice(load("values")["identifiers"]))
    return self.words.word()


def _plain(self: Facts) -> str:
    if not self.words.testing and self.chance.random() < _WRITTEN:
        return _written(self, "things")
    return self.words.word() if self.chance.random() < 0.4 else self.everyday.thing()


def _written(self: Facts, name: str) -> str:
    return with_other_words(self.chance, self.everyday.any_word, self.chance.choice(load("values")[name]))


def _one_of(text: str) -> Callable[[Facts], str]:
    return lambda self: self.chance.choice(text.split("|"))


def _version(self: Facts) -> str:
    return ".".join(str(self.chance.randint(0, 40)) for _ in range(self.chance.choice((2, 3))))


_MAKERS: dict[str, Callable[[Facts], str]] = {
    "money": _money,
    "person": lambda self: self.words.person(),
    "name": lambda self: self.words.name(),
    "word": _word,
    "plain": _plain,
    "noun": lambda self: self.everyday.pick("nouns"),
    "adjective": lambda self: self.everyday.pick("adjectives"),
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
    "phrase": _phrase,
    "decimal": lambda self: self.words.decimal(),
    "letters": lambda self: "".join(self.chance.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(4)),
    "language": _one_of("French|German|Spanish|Italian|English|Japanese|Chinese|Arabic|Greek|Dutch|Latin|Polish"),
    "currency": _one_of("EUR|USD|GBP|JPY|CHF|SEK|euros|dollars|pounds|yen|francs"),
    "sky": _one_of("sunny|cloudy|rain|snow|clear|wind|fog|storm"),
    "unit": _one_of("celsius|fahrenheit"),
    "state": _one_of("sent|ok|done|created|open|closed|waiting|saved|delivered|on|off|paid|ready"),
}
_INVENTED = tuple(kind for kind in _MAKERS if kind not in ("sum", "path", "sky", "unit", "state", "adjective"))
