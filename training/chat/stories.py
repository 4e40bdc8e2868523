"""Stories: short documents as people write them, each sentence with the questions that it answers.

What is in braces is invented anew each time. One story in eight is only tested, and of the others one question in six:
a checksum says which.
"""

import re
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from .facts import Facts
from .lists import load
from .variety import stated_otherwise, with_invented_words

__all__ = ("Told", "tell")

_TESTED_STORIES, _TESTED_QUESTIONS = 8, 6  # one in so many
_INVENTED = 0.2  # of the stories that are learned: some words are such as nobody has heard
_SLOT = re.compile(r"{(\w+?)(\d?)}")


@dataclass(frozen=True)
class Told:
    """A sentence, questions that it answers, the words of it that a short answer is made of, and what was invented for
    it: the kind of each value (`date`), and the value."""

    sentence: str
    asks: list[str]
    value: str
    invented: list[tuple[str, str]]


def tell(facts: Facts, taken: set[int], *, unseen: bool = False) -> tuple[list[Told], list[Told]]:
    """Sentences of a story that is not in `taken`, in their order, and those that were left out. `unseen`: of a story
    that is only tested."""
    chance, stories = facts.chance, load("stories")["passage"]
    while True:
        number = chance.randrange(len(stories))
        if (number % _TESTED_STORIES == 0) is unseen and number not in taken:
            break
    taken.add(number)
    slots: dict[str, str] = {}
    told = [_told(facts, sentence, slots, unseen=unseen) for sentence in stories[number]["sentences"]]
    if not facts.words.testing and chance.random() < _INVENTED:
        told = [_with_invented_words(facts, each) for each in told]
    left_out = set(chance.sample(range(len(told)), chance.randint(0, len(told) - 1)))
    return [each for at, each in enumerate(told) if at not in left_out], [told[at] for at in sorted(left_out)]


def _told(facts: Facts, row: dict[str, Any], slots: dict[str, str], *, unseen: bool) -> Told:
    def filled(text: str) -> str:
        return _SLOT.sub(lambda slot: _value(facts, slots, *slot.groups()), text)

    asks = row["asks"] if unseen else _asks(row["asks"], testing=facts.words.testing)
    form = facts.chance.choice(row["says"])
    sentence = filled(form)
    invented = [(kind, slots[kind + number]) for kind, number in dict.fromkeys(_SLOT.findall(form))]
    value = filled(row["value"]) if "value" in row else ""
    if not facts.words.testing:
        sentence = stated_otherwise(facts.chance, sentence, value)
    return Told(sentence, [filled(ask) for ask in asks], value or sentence, invented)


def _with_invented_words(facts: Facts, told: Told) -> Told:
    said = [told.sentence, told.value]
    (sentence, value), asks = with_invented_words(facts.chance, facts.words.word, said, told.asks)
    return Told(sentence, asks, value, told.invented)


def _asks(asks: list[str], *, testing: bool) -> list[str]:
    """Those that are learned, or those that are tested, of which there may be none.

    Where the checksum keeps none back, the last is. Only the last two of a sentence are asked in a test: they are what
    one asks who does not have its words before them.
    """
    kept_back = [ask for ask in asks if crc32(ask.encode()) % _TESTED_QUESTIONS == 0] or asks[-1:]
    return [ask for ask in kept_back if ask in asks[-2:]] if testing else [ask for ask in asks if ask not in kept_back]


def _value(facts: Facts, slots: dict[str, str], kind: str, number: str) -> str:
    key = kind + number
    if key not in slots:
        slots[key] = str(facts.value(kind))
    return slots[key]
