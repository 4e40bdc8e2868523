"""Keeping to what the system prompt asks, as far as that is simple."""

from collections.abc import Callable

from ..dialogue import Dialogue, assistant, system, user
from ..facts import Facts
from .passages import from_passages
from .smalltalk import greeting, known_topic, stack_question, unknown_question

__all__ = ("follows", "repeats")

_OPENERS = ("Aye:", "Well,", "Sure!", "Answer:", "OK.", "Of course:", ">>", "Dear user,", "Yes:", "Note:")


def follows(facts: Facts) -> Dialogue:
    form = facts.chance.choice((_called, _called, _called, _loud, _begun, _begun, _ended, _always, _pirate, _one_word))
    dialogue = form(facts)
    dialogue.skill, dialogue.exact = "keeps to the system prompt", True
    dialogue.holds = [dialogue.answer["content"]]
    return dialogue


def repeats(facts: Facts) -> Dialogue:
    pick = facts.chance.random()
    text = facts.words.phrase(8) if pick < 0.5 else facts.fact().sentence if pick < 0.8 else facts.words.code()
    return Dialogue([user(facts.wording("repeats").format(text)), assistant(text)], "repeats", holds=[text])


def _called(facts: Facts) -> Dialogue:
    name = facts.words.name() if facts.chance.random() < 0.8 else facts.words.person()
    opening = system(facts.wording("names").format(name))
    topic = facts.chance.choice(("name", "name", "identity", "identity", "greeting", "maker", "skills"))
    asked, answer = known_topic(facts, topic, name)
    messages = [opening, user(asked), assistant(answer)]
    if facts.chance.random() < 0.3 and not facts.words.testing:
        asked, answer = known_topic(facts, facts.chance.choice(("name", "identity")), name)
        messages += [user(asked), assistant(answer)]
    return Dialogue(messages, "")


def _loud(facts: Facts) -> Dialogue:
    return _short_talk(facts, facts.wording("capitals"), str.upper)


def _pirate(facts: Facts) -> Dialogue:
    return _short_talk(facts, facts.wording("pirate"), "Arr! {}".format)


def _begun(facts: Facts) -> Dialogue:
    start = _marker(facts)
    return _answering(facts, facts.wording("starts").format(start), lambda answer: f"{start} {answer}")


def _ended(facts: Facts) -> Dialogue:
    end = _marker(facts)
    return _answering(facts, facts.wording("ends").format(end), lambda answer: f"{answer} {end}")


def _always(facts: Facts) -> Dialogue:
    text = facts.words.phrase(3).capitalize()
    return _short_talk(facts, facts.wording("always").format(text), lambda _: text)


def _one_word(facts: Facts) -> Dialogue:
    topic, answer = facts.chance.choice(
        (("greeting", "Hello"), ("goodbye", "Goodbye"), ("thanks", "Welcome"), ("wellbeing", "Well"))
    )
    asked, _ = known_topic(facts, topic)
    return Dialogue([system(facts.wording("one_word")), user(asked), assistant(answer)], "")


def _marker(facts: Facts) -> str:
    if facts.chance.random() < 0.4:
        return facts.chance.choice(_OPENERS)
    return facts.words.phrase(2).capitalize() + facts.chance.choice((".", "!", ":", ""))


def _answering(facts: Facts, order: str, change: Callable[[str], str]) -> Dialogue:
    """Small talk, or an answer from passages in the user's message."""
    if facts.chance.random() < 0.6:
        return _short_talk(facts, order, change)
    dialogue = from_passages(facts)
    while dialogue.messages[0]["role"] == "system":
        dialogue = from_passages(facts)
    for message in dialogue.messages:
        if message["role"] == "assistant":
            message["content"] = change(message["content"])
    dialogue.messages.insert(0, system(order))
    return dialogue


def _short_talk(facts: Facts, order: str, change: Callable[[str], str]) -> Dialogue:
    messages = [system(order)]
    for _ in range(facts.chance.choice((1, 1, 2))):
        asked, answer = _anything(facts)
        messages += [user(asked), assistant(change(answer))]
    return Dialogue(messages, "")


def _anything(facts: Facts) -> tuple[str, str]:
    pick = facts.chance.random()
    if pick < 0.4:
        return greeting(facts)
    if pick < 0.6:
        return unknown_question(facts)
    if pick < 0.7:
        return stack_question(facts)
    return known_topic(facts, facts.chance.choice(("identity", "maker", "skills", "limits", "size", "name")))
