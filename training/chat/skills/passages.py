"""Answering from passages: the sentence that answers, word for word, or that there is none."""

from ..dialogue import Dialogue, Message, assistant, system, user
from ..facts import Facts
from ..library import LAYOUTS, NOT_THERE, Library, Question

__all__ = (
    "from_long_passages",
    "from_passages",
    "from_stories",
    "from_unseen_stories",
    "in_several_turns",
    "questions_of_one_library",
)


def from_passages(facts: Facts) -> Dialogue:
    """Passages in the user's or the system's message, then one question or more."""
    if facts.words.testing:  # stories have tests of their own
        return _asked_of(Library(facts, shares=(75, 25, 0)), 0)
    # Many questions for the price of reading once.
    library = Library(facts)
    return _asked_of(library, facts.chance.randint(0, min(12, 2 * len(library.answers))))


def questions_of_one_library(facts: Facts) -> list[Dialogue]:
    """The same passages, and many questions, each the first of a dialogue; at times all to be answered briefly, else
    some, now few and now many."""
    chance = facts.chance
    only_facts = chance.random() < 0.5
    library = Library(facts, chance.choice((1, 2, 2, 3, 3, 4, 5)), shares=(90, 10, 0) if only_facts else (40, 15, 45))
    order, held = facts.wording("passage_orders"), _layout(library)
    always = facts.briefly() if chance.random() < 0.2 else ""
    often = chance.choice((0.1, 0.5))
    apart = chance.random() < 0.3  # in the system's message
    opening = [system(_joined(order, held if apart else "", always))] if apart or always else []
    before = "" if apart else _joined("" if opening or chance.random() < 0.3 else order, held)
    gap = chance.choice(("\n\n", "\n\n", "\n"))

    def dialogue() -> Dialogue:
        question = library.question()
        briefly = facts.briefly() if not always and chance.random() < often else ""
        asked = f"{_asked(facts, question.text)} {briefly}".strip()
        said = user(gap.join(part for part in (before, asked) if part))
        answer = _answer(question, bool(always or briefly))
        return Dialogue([*opening, said, assistant(answer)], "copies from passages")

    return [dialogue() for _ in range(chance.randint(4, min(24, 3 + 3 * len(library.answers))))]


def from_long_passages(facts: Facts) -> Dialogue:
    """As many as the context holds."""
    dialogue = _asked_of(
        Library(facts, facts.chance.randint(8, 20)), facts.chance.choice((0, 1)) if facts.words.testing else 12
    )
    dialogue.skill = "answers from long passages"
    return dialogue


def from_stories(facts: Facts) -> Dialogue:
    """Documents of learned kinds, asked about in words that were not learned: only for testing."""
    return _of_documents(Library(facts, shares=(0, 0, 1)), "documents")


def from_unseen_stories(facts: Facts) -> Dialogue:
    """Documents of kinds that were never learned: only for testing."""
    return _of_documents(Library(facts, shares=(0, 0, 1), unseen=True), "documents unlike any learned")


def _of_documents(library: Library, skill: str) -> Dialogue:
    dialogue = _asked_of(library, 0)
    dialogue.skill = f"{skill}: {dialogue.skill}"
    return dialogue


def in_several_turns(facts: Facts) -> Dialogue:
    """One question after the other."""
    dialogue = _asked_of(Library(facts), facts.chance.choice((1, 2, 3)))
    dialogue.skill = "holds several turns"
    return dialogue


def _asked_of(library: Library, further: int) -> Dialogue:
    facts, chance = library.facts, library.chance
    held = _layout(library)
    order = facts.wording("passage_orders")
    briefly = facts.briefly() if chance.random() < 0.2 else ""
    question = library.question()
    messages: list[Message] = []
    if chance.random() < 0.25:
        messages += [system(_joined(order, held, briefly)), user(question.text)]
    else:
        if chance.random() < 0.3:
            messages.append(system(_joined(order, briefly)))
            parts = _arranged(facts, "", held, _asked(facts, question.text), "")
        else:
            order = order if chance.random() < 0.6 else ""
            parts = _arranged(facts, order, held, _asked(facts, question.text), briefly)
        messages.append(user(chance.choice(("\n\n", "\n\n", "\n")).join(part for part in parts if part)))
    messages.append(assistant(_answer(question, bool(briefly))))
    last = question
    for _ in range(further):
        last = library.question(again=True)
        messages += [user(last.text), assistant(_answer(last, bool(briefly)))]
    skill = "says it is not there" if last.answer == NOT_THERE else "copies from passages"
    return Dialogue(messages, skill, holds=[last.value])


def _answer(question: Question, briefly: bool) -> str:
    return question.value if briefly else question.answer


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _asked(facts: Facts, question: str) -> str:
    return facts.chance.choice(("{}", "{}", "{}", "Question: {}", "Q: {}", "question: {}")).format(question)


def _arranged(facts: Facts, order: str, held: str, question: str, briefly: str) -> tuple[str, ...]:
    """The question after the passages mostly, and before them at times."""
    if facts.chance.random() < 0.2:
        return question, order, held, briefly
    return order, held, f"{question} {briefly}".strip()


def _layout(library: Library) -> str:
    held = library.chance.choice(LAYOUTS)(library.passages)
    if library.chance.random() < 0.5:
        return held
    return f"{library.facts.wording('passage_heads')}:{library.chance.choice((' ', chr(10), chr(10) * 2))}{held}"
