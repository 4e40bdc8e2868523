"""Plain sentences about nothing in particular, with the questions that they answer."""

from .lists import listed
from .words import Words

__all__ = ("Everyday",)


class Everyday:
    """Sentences whose questions share their words: what asks and what answers is found by likeness alone."""

    def __init__(self, words: Words) -> None:
        self.words, self.chance = words, words.chance
        self._lists = {name: listed(name, testing=words.testing) for name in ("nouns", "adjectives", "verbs", "places")}
        self._known = {name: listed(name, testing=False) for name in self._lists}

    def pick(self, name: str) -> str:
        """A word; when testing, half of them were never learned. Now and then one that nobody has heard."""
        if name in ("nouns", "adjectives") and self.chance.random() < 0.3:
            return self.words.word()
        return self.chance.choice(self.chance.choice((self._lists, self._known))[name])

    def thing(self) -> str:
        return self.pick("nouns") if self.chance.random() < 0.6 else f"{self.pick('adjectives')} {self.pick('nouns')}"

    def sentence(self) -> str:
        return self.asked()[0]

    def asked(self) -> tuple[str, list[str]]:
        """A sentence, and questions that it answers."""
        form = self.chance.choice((_does, _how, _rule, _why, _where, _tip))
        return form(self)


def _does(self: Everyday) -> tuple[str, list[str]]:
    who, verb, thing, place = self.words.name(), self.pick("verbs"), self.thing(), self.pick("places")
    sentence = f"{who} can {verb} the {thing} {place}."
    asks = [f"What can {who} do?", f"When can {who} {verb} the {thing}?", f"Who can {verb} the {thing}?"]
    return sentence, [f"What do you know about {who}?"] if self.words.testing else asks


def _how(self: Everyday) -> tuple[str, list[str]]:
    verb, thing, second, other = self.pick("verbs"), self.thing(), self.pick("verbs"), self.thing()
    sentence = f"To {verb} the {thing}, {second} the {other} first."
    asks = [f"How do I {verb} the {thing}?", f"How can I {verb} the {thing}?", f"I want to {verb} the {thing}."]
    tests = [f"How does one {verb} the {thing}?", f"Tell me how to {verb} the {thing}."]
    return sentence, tests if self.words.testing else asks


def _rule(self: Everyday) -> tuple[str, list[str]]:
    who, verb, thing = self.pick("nouns"), self.pick("verbs"), self.thing()
    limit = self.chance.choice((f"within {self.words.number(2, 90)} days", f"until {self.words.time()}"))
    sentence = f"Every {who} may {verb} the {thing} {limit}."
    asks = [
        f"May a {who} {verb} the {thing}?",
        f"When may a {who} {verb} the {thing}?",
        f"Until when may I {verb} the {thing}?",
    ]
    tests = [f"How long may a {who} {verb} the {thing}?", f"Can the {who} {verb} the {thing}?"]
    return sentence, tests if self.words.testing else asks


def _why(self: Everyday) -> tuple[str, list[str]]:
    thing, trait, cause, other = self.pick("nouns"), self.pick("adjectives"), self.thing(), self.pick("adjectives")
    sentence = f"The {thing} is {trait} because the {cause} is {other}."
    asks = [f"Why is the {thing} {trait}?", f"What makes the {thing} {trait}?", f"Why is the {thing} so {trait}?"]
    tests = [f"What is the reason that the {thing} is {trait}?", f"Tell me why the {thing} is {trait}."]
    return sentence, tests if self.words.testing else asks


def _where(self: Everyday) -> tuple[str, list[str]]:
    thing, other = self.thing(), self.thing()
    side = self.chance.choice(("in", "on", "under", "behind", "next to", "near"))
    sentence = f"The {thing} is {side} the {other}."
    asks = [f"Where is the {thing}?", f"Where do I find the {thing}?", f"Where can the {thing} be found?"]
    tests = [f"Where can I find the {thing}?", f"I am looking for the {thing}."]
    return sentence, tests if self.words.testing else asks


def _tip(self: Everyday) -> tuple[str, list[str]]:
    thing, trait, verb, other = self.pick("nouns"), self.pick("adjectives"), self.pick("verbs"), self.thing()
    sentence = f"If the {thing} is {trait}, {verb} the {other}."
    asks = [f"What if the {thing} is {trait}?", f"The {thing} is {trait}. What shall I do?"]
    tests = [f"What do I do if the {thing} is {trait}?", f"My {thing} is {trait}, what now?"]
    return sentence, tests if self.words.testing else asks
