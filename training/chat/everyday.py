"""Plain sentences about nothing in particular, with the questions that they answer."""

import re
from collections.abc import Callable
from typing import Any

from .lists import listed, load
from .words import Words

__all__ = ("Everyday",)

_SLOT = re.compile(r"{([a-z]+)(\d?)}")


class Everyday:
    """Sentences whose questions share their words: what asks and what answers is found by likeness alone."""

    def __init__(self, words: Words) -> None:
        self.words, self.chance = words, words.chance
        self._lists = {name: listed(name, testing=words.testing) for name in ("nouns", "adjectives", "verbs", "places")}
        self._known = {name: listed(name, testing=False) for name in self._lists}
        kinds: list[dict[str, Any]] = list(load("sentences").values())
        self._tested_kinds = [kind for kind in kinds if "test_asks" in kind]
        self._other_kinds = [kind for kind in kinds if "test_asks" not in kind]

    def pick(self, name: str) -> str:
        """A word; when testing, half of them were never learned. Now and then one that nobody has heard."""
        if name in ("nouns", "adjectives") and self.chance.random() < 0.3:
            return self.words.word()
        return self.chance.choice(self.chance.choice((self._lists, self._known))[name])

    def thing(self) -> str:
        return self.pick("nouns") if self.chance.random() < 0.6 else f"{self.pick('adjectives')} {self.pick('nouns')}"

    def any_word(self) -> str:
        kind = self.chance.choice(("nouns", "adjectives", "verbs"))
        return self.words.word() if self.chance.random() < 0.4 else self.pick(kind)

    def sentence(self) -> str:
        return self.asked()[0]

    def asked(self) -> tuple[str, list[str]]:
        """A sentence, and questions that it answers."""
        testing = self.words.testing
        kind = self.chance.choice(self._tested_kinds if testing or self.chance.random() < 0.5 else self._other_kinds)
        said = kind["says"][0] if testing else self.chance.choice(kind["says"])
        slots: dict[str, str] = {}

        def filled(form: str) -> str:
            text = _SLOT.sub(lambda slot: self._filled(slots, *slot.groups()), form)
            return text[0].upper() + text[1:] if form.startswith("{") and form is said else text

        sentence = filled(said)
        return sentence, [filled(ask) for ask in kind["test_asks" if testing else "asks"]]

    def _filled(self, slots: dict[str, str], kind: str, number: str) -> str:
        key = kind + number
        if key not in slots:
            slots[key] = _MAKERS[kind](self)
        return slots[key]

    def _limit(self) -> str:
        return self.chance.choice((f"within {self.words.number(2, 90)} days", f"until {self.words.time()}"))

    def _amount(self, units: tuple[str, ...]) -> str:
        return f"{self.words.number(2, 900)} {self.chance.choice(units)}"


_MAKERS: dict[str, Callable[[Everyday], str]] = {
    "who": lambda self: self.words.name(),
    "person": lambda self: self.words.person(),
    "noun": lambda self: self.pick("nouns"),
    "thing": lambda self: self.thing(),
    "verb": lambda self: self.pick("verbs"),
    "trait": lambda self: self.pick("adjectives"),
    "place": lambda self: self.pick("places"),
    "limit": lambda self: self._limit(),
    "side": lambda self: self.chance.choice(("in", "on", "under", "behind", "next to", "near")),
    "number": lambda self: str(self.words.number(2, 900)),
    "time": lambda self: self.words.time(),
    "date": lambda self: self.words.date(),
    "weekday": lambda self: self.words.weekday(),
    "money": lambda self: self._amount(("euros", "dollars", "francs", "crowns")),
    "duration": lambda self: self._amount(("days", "weeks", "hours", "minutes", "years", "months")),
}
