"""The same said in other ways, so that a model learns what matters in a question and what does not.

Only what is learned is varied: words give way to synonyms, little words are left out, letters are mistyped, people
begin with a greeting and end with a thank you. Words that were invented, and all values, stay as they are.
"""

import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from .lists import listed, load

__all__ = ("hasty", "said_otherwise", "stated_otherwise", "varied", "with_invented_words", "with_other_words")

_WORD = re.compile(r"[A-Za-z]+")
_SLOT = re.compile(r"{\w*}")
_PARTS = re.compile(r"{\w*}|[\w'-]+|[^\w'{-]+|.", re.DOTALL)  # argument names, words, what is between them
_SMALL = frozenset(listed("small"))


def varied(chance: Random, asked: str, *, whole: bool = False) -> str:
    """A question or a request, as somebody else would type it; `whole`: all of its words tell something."""
    text = said_otherwise(chance, asked) if chance.random() < 0.3 else asked
    pick = chance.uniform(0.08, 1) if whole else chance.random()
    if pick < 0.06:
        text = _without_small_words(chance, text)
    elif pick < 0.08:
        text = _keywords(chance, text)
    elif pick < 0.11:
        text = _mistyped(chance, text)
    if chance.random() < 0.15:
        text = hasty(chance, text)
    if chance.random() < 0.12:
        text = f"{chance.choice(load('variety')['openers'])} {text}"
    if chance.random() < 0.08:
        closer = chance.choice(load("variety")["closers"])
        text = f"{text}{closer if closer[0] in '?!.' else f' {closer}'}"
    return text


def hasty(chance: Random, text: str) -> str:
    """Without capitals, at times without those of names; without a full stop."""
    text = text.rstrip("?.!")
    return _outside_slots(str.lower, text) if chance.random() < 0.3 else text[0].lower() + text[1:]


def said_otherwise(chance: Random, text: str) -> str:
    """With synonyms: now and then one for a word, or for a few words together."""
    groups, longest = _synonyms()
    parts = _PARTS.findall(text)
    said, at = [], 0
    while at < len(parts):
        word = parts[at].lower()
        for length in range(longest.get(word, 0), 0, -1):
            others = groups.get("".join(parts[at : at + 2 * length - 1]).lower())
            if others and chance.random() < 0.6:
                chosen = chance.choice(others)
                said.append(chosen[0].upper() + chosen[1:] if parts[at][0].isupper() else chosen)
                at += 2 * length - 1
                break
        else:
            said.append(parts[at])
            at += 1
    return "".join(said)


def stated_otherwise(chance: Random, sentence: str, *fixed: str) -> str:
    """A statement with synonyms, or after an adverbial; what is fixed stays in it."""
    text = said_otherwise(chance, sentence) if chance.random() < 0.15 else sentence
    if chance.random() < 0.05:
        first, _, rest = text.partition(" ")
        start = first.lower() if first.lower() in _common() else first
        text = f"{chance.choice(load('variety')['adverbs'])} {start} {rest}"
    return text if all(each in text for each in fixed if each in sentence) else sentence


def _outside_slots(change: Callable[[str], str], text: str) -> str:
    """Argument names in braces are no words."""
    parts = re.split(r"({\w*})", text)
    return "".join(part if part.startswith("{") else change(part) for part in parts)


def with_invented_words(chance: Random, invent: Callable[[], str], one: list[str], other: list[str]) -> list[list[str]]:
    """Both lists of texts with one to three of the words that they share replaced by words that nobody has heard, so
    that the one can only be found by the words of the other."""
    shared = sorted(_long_words(one) & _long_words(other))
    chosen = {word: invent() for word in chance.sample(shared, min(len(shared), chance.choice((1, 1, 2, 3))))}
    return [[_replaced(text, chosen) for text in texts] for texts in (one, other)]


def with_other_words(chance: Random, other: Callable[[], str], text: str) -> str:
    """At times with one or two of its longer words replaced: it can be copied then, but not known by heart."""
    words = sorted({word for word in _WORD.findall(text) if len(word) > 3 and word.lower() not in _SMALL})
    chosen = {word.lower(): other() for word in chance.sample(words, min(len(words), chance.choice((0, 0, 1, 1, 2))))}
    return _replaced(text, chosen)


def _long_words(texts: list[str]) -> set[str]:
    words = {word.lower() for text in texts for word in _WORD.findall(_SLOT.sub(" ", text))}
    return {word for word in words if len(word) > 3 and word not in _SMALL and word in _common()}


def _replaced(text: str, chosen: dict[str, str]) -> str:
    def other(found: re.Match[str]) -> str:
        word = chosen.get(found[0].lower())
        return found[0] if word is None else word.capitalize() if found[0][0].isupper() else word

    return _outside_slots(lambda part: _WORD.sub(other, part), text)


def _without_small_words(chance: Random, text: str) -> str:
    words = text.split(" ")
    kept = [word for word in words if word.strip("?.,!").lower() not in _SMALL or chance.random() < 0.4]
    return " ".join(kept) if len(kept) > 1 else text


def _keywords(chance: Random, text: str) -> str:
    """As one types into a search field."""
    words = [word for word in text.rstrip("?.!").split(" ") if word.lower() not in _SMALL]
    if chance.random() < 0.3:
        chance.shuffle(words)
    return " ".join(words) if len(words) > 1 else text


def _mistyped(chance: Random, text: str) -> str:
    """One letter wrong in a word of the common ones."""
    plain = _SLOT.sub(lambda slot: "0" * len(slot[0]), text)
    words = [found for found in _WORD.finditer(plain) if len(found[0]) > 4 and found[0].lower() in _common()]
    if not words:
        return text
    at = chance.choice(words)
    place = chance.randrange(at.start() + 1, at.end() - 1)
    one, two = text[place], text[place + 1]
    return text[:place] + chance.choice((two + one, one, two, one + one + two)) + text[place + 2 :]


@cache
def _synonyms() -> tuple[dict[str, list[str]], dict[str, int]]:
    """What may stand for each, and of how many words the longest is that begins with a word."""
    groups: dict[str, list[str]] = {}
    longest: dict[str, int] = {}
    for group in load("variety")["synonyms"]:
        for phrase in group:
            if phrase in _SMALL:
                continue  # what stands for it depends on the sentence
            groups.setdefault(phrase, []).extend(other for other in group if other != phrase)
            first = phrase.split(" ")[0]
            longest[first] = max(longest.get(first, 0), phrase.count(" ") + 1)
    return groups, longest


@cache
def _common() -> frozenset[str]:
    """The words of all questions and requests that are learned."""
    return frozenset(word.lower() for text in _asks() for word in _WORD.findall(_SLOT.sub(" ", text)))


def _asks() -> list[str]:
    rows: list[dict[str, Any]] = [
        *(sentence for story in load("stories")["passage"] for sentence in story["sentences"]),
        *load("tools")["tool"],
        *load("stack")["topic"],
        *load("smalltalk").values(),
        *load("relations").values(),
    ]
    return [ask for row in rows for ask in row["asks"]]
