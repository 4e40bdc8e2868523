"""Greeting, saying what it is and what it cannot do, telling about Llama Stack, and not pretending to know the rest."""

from typing import Any

from ..dialogue import Dialogue, assistant, system, user
from ..facts import Facts
from ..lists import load
from ..variety import hasty

__all__ = ("NAME", "NO_TOOL", "about_stack", "greeting", "smalltalk", "unknown_question")

NAME = "the Llama Stack demo model"
NO_TOOL = "None of the tools can do that."

_TOPICS: dict[str, Any] = load("smalltalk")
_STACK: list[dict[str, Any]] = load("stack")["topic"]


def smalltalk(facts: Facts) -> Dialogue:
    """One turn, or several on different matters."""
    messages = [system(facts.wording("helpful"))] if facts.chance.random() < 0.3 else []
    for _ in range(facts.chance.choice((1, 1, 1, 2, 3) if facts.words.testing else (1, 2, 3, 4, 5))):
        topic, asked, answer = _said(facts)
        messages += [user(asked), assistant(answer)]
    return Dialogue(messages, _SKILLS.get(topic, "says what it is and cannot do"), holds=[answer])


def about_stack(facts: Facts) -> Dialogue:
    messages = [system(facts.wording("helpful"))] if facts.chance.random() < 0.2 else []
    for _ in range(facts.chance.choice((1, 1, 1, 2, 3) if facts.words.testing else (1, 2, 3, 4, 5))):
        if messages and facts.chance.random() < 0.2:
            asked, answer = greeting(facts)
            messages += [user(asked), assistant(answer)]
        asked, answer = stack_question(facts)
        messages += [user(asked), assistant(answer)]
    return Dialogue(messages, "tells how to use Llama Stack", holds=[answer])


def stack_question(facts: Facts) -> tuple[str, str]:
    topic = facts.chance.choice(_STACK)
    return _asked(facts, topic), topic["answer"]


def greeting(facts: Facts) -> tuple[str, str]:
    topic = _TOPICS[facts.chance.choice(("greeting", "greeting", "thanks", "goodbye", "wellbeing"))]
    return _asked(facts, topic), topic["answer"]


def known_topic(facts: Facts, name: str, called: str = NAME) -> tuple[str, str]:
    topic = _TOPICS[name]
    return _asked(facts, topic), topic["answer"].format(name=called)


def unknown_question(facts: Facts) -> tuple[str, str]:
    """A question about the world, made up."""
    topic, everyday = _TOPICS["unknown"], facts.everyday
    slots = {
        "name": facts.words.name() if facts.chance.random() < 0.7 else facts.thing(),
        "noun": everyday.pick("nouns"),
        "adjective": everyday.pick("adjectives"),
        "verb": everyday.pick("verbs"),
        "year": facts.words.year(),
        "a": facts.words.number(),
        "b": facts.words.number(),
    }
    return _asked(facts, topic).format(**slots), topic["answer"]


def _said(facts: Facts) -> tuple[str, str, str]:
    topic = facts.chance.choice(_WEIGHTED)
    if topic == "unknown":
        return topic, *unknown_question(facts)
    return topic, *known_topic(facts, topic)


def _asked(facts: Facts, topic: dict[str, Any]) -> str:
    """As written, or as people type in haste."""
    text: str = facts.chance.choice(topic["test_asks" if facts.words.testing else "asks"])
    if facts.words.testing and facts.chance.random() < 0.15 and "{" not in text:
        return hasty(facts.chance, text)
    return facts.asked(text)


_WEIGHTED = (*_TOPICS, "unknown", "unknown", "unknown", "unknown", "greeting", "name", "identity")
_SKILLS = {
    "greeting": "greets",
    "wellbeing": "greets",
    "thanks": "greets",
    "goodbye": "greets",
    "unknown": "admits that it does not know",
}
