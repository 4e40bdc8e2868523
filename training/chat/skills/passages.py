"""Answering from passages: the sentence that answers, word for word, or that there is none."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from ..dialogue import Dialogue, Message, assistant, called, system, tool_said, user
from ..facts import Facts

__all__ = ("NOT_THERE", "from_long_passages", "from_passages", "from_search", "in_several_turns")

NOT_THERE = "The passages do not say that."

_HEADS = ("Context", "Passages", "Documents", "Text", "Sources", "Information", "Notes", "Here are some passages")
_TEST_HEADS = ("Background", "Search results", "Excerpts")
_ORDERS = (
    "Answer the question from the passages.",
    "Use only the passages below.",
    "Use the context to answer.",
    "Answer with the help of these documents.",
    "Answer only from the text. If it is not there, say so.",
    "Read this and answer.",
    "You answer questions about documents.",
    "You are a helpful assistant.",
    "Use the following pieces of context to answer the question at the end. If you don't know, say so.",
)
_TEST_ORDERS = (
    "Base your answer on the passages that follow.",
    "Please answer using nothing but these sources.",
    "Below are documents; answer what is asked.",
)
_BRIEFLY = (
    "Answer with the value only.",
    "Only the value, please.",
    "Answer in as few words as you can.",
    "Keep it short.",
    "Be brief.",
    "Answer briefly.",
    "No sentence, just the answer.",
)
_TEST_BRIEFLY = ("Give just the value.", "Reply as short as possible.", "Short answer only.")


@dataclass
class Question:
    text: str
    answer: str  # what the model says
    value: str  # what must be in it
    thing: str
    more: str  # the same as a second question


class Library:
    """Passages, and questions about them."""

    def __init__(self, facts: Facts, size: int | None = None) -> None:
        self.facts, self.chance = facts, facts.chance
        self.questions: list[Question] = []
        self._nouns: dict[str, list[str]] = {}  # what is said of each thing
        self.passages = [self._passage() for _ in range(size or self.chance.choice((1, 1, 1, 2, 2, 3, 3, 4, 5)))]
        self.chance.shuffle(self.passages)

    def question(self) -> Question:
        return self.chance.choice(self.questions)

    def unanswered(self) -> Question:
        """A question about what is not there: another thing, or another side of a thing that is."""
        facts, known = self.facts, self.question()
        pick = self.chance.random()
        if pick < 0.15:
            _, asks = facts.everyday.asked()
            return Question(self.chance.choice(asks), NOT_THERE, NOT_THERE, "", self.chance.choice(asks))
        thing = known.thing if pick < 0.6 and known.thing else facts.thing()
        said = " ".join(self.passages).lower()
        while True:
            fact = facts.fact(thing, facts.noun() if pick < 0.6 else None)
            if fact.noun not in said and fact.noun not in self._nouns.get(thing, ()):
                break
        return Question(self.chance.choice(fact.asks), NOT_THERE, NOT_THERE, thing, fact.again)

    def _passage(self) -> str:
        if self.chance.random() < 0.25:
            return self._plain_passage()
        thing = self._thing()
        facts = [
            fact
            for fact in self.facts.facts_of(thing, self.chance.choice((1, 1, 2, 2, 3)))
            if fact.noun not in self._nouns.get(thing, ())
        ]
        self._nouns.setdefault(thing, []).extend(fact.noun for fact in facts)
        sentences = []
        for place, fact in enumerate(facts):
            sentence = fact.pronoun if place and self.chance.random() < 0.4 else fact.sentence
            sentences.append(sentence)
            ask = self.chance.choice(fact.asks)
            self.questions.append(Question(ask, sentence, fact.value, thing, fact.again))
        return " ".join(self._among_others(sentences))

    def _thing(self) -> str:
        """Often one that resembles another: with the same kind of facts, so that both must be told apart."""
        known = [question.thing for question in self.questions if question.thing]
        if known and self.chance.random() < 0.15:
            return self.chance.choice(known)
        return self.facts.thing()

    def _plain_passage(self) -> str:
        sentences = []
        for _ in range(self.chance.choice((1, 2, 2, 3))):
            sentence, asks = self.facts.everyday.asked()
            sentences.append(sentence)
            ask = self.chance.choice(asks)
            self.questions.append(Question(ask, sentence, sentence, "", ask))
        return " ".join(sentences)

    def _among_others(self, sentences: list[str]) -> list[str]:
        for _ in range(self.chance.choice((0, 0, 0, 1))):
            sentences.insert(self.chance.randint(0, len(sentences)), self.facts.everyday.sentence())
        return sentences


def from_passages(facts: Facts) -> Dialogue:
    """Passages in the user's or the system's message, then one question or more."""
    # Where it learns, many questions for the price of reading once.
    further = 0 if facts.words.testing else facts.chance.choice((0, 1, 2, 3, 4, 5))
    return _asked_of(Library(facts), further)


def from_long_passages(facts: Facts) -> Dialogue:
    """As many as the context holds."""
    dialogue = _asked_of(
        Library(facts, facts.chance.randint(10, 26)), facts.chance.choice((0, 1)) if facts.words.testing else 5
    )
    dialogue.skill = "answers from long passages"
    return dialogue


def in_several_turns(facts: Facts) -> Dialogue:
    """One question after the other."""
    dialogue = _asked_of(Library(facts), facts.chance.choice((1, 2, 3)))
    dialogue.skill = "holds several turns"
    return dialogue


def _asked_of(library: Library, further: int) -> Dialogue:
    facts, chance = library.facts, library.chance
    held = _layout(library)
    order = _one(facts, _ORDERS, _TEST_ORDERS)
    briefly = _one(facts, _BRIEFLY, _TEST_BRIEFLY) if chance.random() < 0.2 else ""
    question = _question(library)
    messages: list[Message] = []
    if chance.random() < 0.25:
        messages += [system(_joined(order, held, briefly)), user(question.text)]
    else:
        if chance.random() < 0.3:
            messages.append(system(_joined(order, briefly)))
            order = briefly = ""
        order = order if chance.random() < 0.6 else ""
        messages.append(user(_joined(*_arranged(facts, order, held, _asked(facts, question.text), briefly))))
        briefly = briefly or ("x" if messages[0]["role"] == "system" and _is_brief(messages[0]["content"]) else "")
    messages.append(assistant(_answer(question, bool(briefly))))
    last = question
    for _ in range(further):
        last = _question(library)
        asked = last.more if chance.random() < 0.3 else last.text
        messages += [user(asked), assistant(_answer(last, bool(briefly)))]
    skill = "says it is not there" if last.answer == NOT_THERE else "copies from passages"
    return Dialogue(messages, skill, holds=[last.value])


def from_search(facts: Facts) -> Dialogue:
    """A question, a search with a tool, its results, the answer."""
    library, chance = Library(facts), facts.chance
    name = chance.choice(("knowledge_search", "knowledge_search", "file_search", "search", "search_documents"))
    about = chance.choice(
        (
            "Search for information in a database.",
            "Search the documents",
            "Finds passages in the files of the user",
            "Search the knowledge base for an answer",
        )
    )
    parameters = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    tool = {"type": "function", "function": {"name": name, "description": about, "parameters": parameters}}
    question = _question(library)
    messages = [user(question.text)]
    if chance.random() < 0.3:
        messages.insert(0, system(_one(facts, _ORDERS, _TEST_ORDERS)))
    messages += [called(name, {"query": question.text}), tool_said(_found(library)), assistant(question.answer)]
    skill = "says it is not there" if question.answer == NOT_THERE else "copies from search results"
    return Dialogue(messages, skill, [tool], holds=[question.value])


def _question(library: Library) -> Question:
    return library.unanswered() if library.chance.random() < 0.27 else library.question()


def _answer(question: Question, briefly: bool) -> str:
    return question.value if briefly else question.answer


def _is_brief(text: str) -> bool:
    return any(form in text for form in (*_BRIEFLY, *_TEST_BRIEFLY))


def _one(facts: Facts, learned: tuple[str, ...], tested: tuple[str, ...]) -> str:
    return facts.chance.choice(tested if facts.words.testing else learned)


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
    facts, passages = library.facts, library.passages
    held = facts.chance.choice(_LAYOUTS)(passages)
    head = _one(facts, _HEADS, _TEST_HEADS)
    return f"{head}:\n{held}" if facts.chance.random() < 0.5 else held


def _found(library: Library) -> str:
    return library.chance.choice((*_LAYOUTS, *_RESULTS))(library.passages)


_LAYOUTS: tuple[Callable[[list[str]], str], ...] = (
    "\n".join,
    "\n\n".join,
    " ".join,
    lambda passages: "\n".join(f"[{n}] {text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"{n}. {text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"- {text}" for text in passages),
    lambda passages: "\n\n".join(f"Passage {n}:\n{text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"<document>{text}</document>" for text in passages),
    lambda passages: '"""\n' + "\n".join(passages) + '\n"""',
)
_RESULTS: tuple[Callable[[list[str]], str], ...] = (
    lambda passages: json.dumps([{"text": text} for text in passages], ensure_ascii=False),
    lambda passages: json.dumps({"results": passages}, ensure_ascii=False),
    lambda passages: (
        f"knowledge_search tool found {len(passages)} chunks:\nBEGIN of knowledge_search tool results.\n"
        + "".join(f"Result {n}\nContent: {text}\n" for n, text in enumerate(passages, 1))
        + "END of knowledge_search tool results."
    ),
    lambda passages: "\n".join(f"[{n}] file-{n}.txt\n{text}" for n, text in enumerate(passages, 1)),
)
