"""Passages, and questions about them: such as they answer, and such as they do not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from .facts import Fact, Facts
from .stories import Told, tell

__all__ = ("LAYOUTS", "NOT_THERE", "Library", "Question")

Shares = tuple[int, int, int]
NOT_THERE = "The passages do not say that."


@dataclass(frozen=True)
class Difficulty:
    """Of what is said of a thing, how much is said of another too; of the sentences after the first about a thing, how
    many say "it"; of the questions, how many have no answer."""

    rivals: float
    pronouns: float
    unanswered: float


TESTED = Difficulty(rivals=0.35, pronouns=0.4, unanswered=0.25)


def _learned(chance: Random) -> Difficulty:
    """Now few rivals and pronouns, now many: both are what goes wrong. An answer is missed more often than its absence;
    with fewer questions without one no more was found, and less admitted."""
    return Difficulty(chance.choice((0.35, 0.7, 0.95)), chance.choice((0.3, 0.4, 0.7)), unanswered=0.2)


@dataclass(frozen=True)
class Question:
    text: str
    answer: str  # what the model says
    value: str  # what must be in it


@dataclass(frozen=True)
class Answer:
    """A sentence, a short answer, and the questions that lead to them; `again`: one that may follow another."""

    asks: Sequence[str]
    sentence: str
    value: str
    thing: str = ""
    noun: str = ""
    again: str = ""


class Library:
    """`shares`: how often its passages are facts about a thing, plain sentences, stories; `unseen`: such stories as are
    only tested."""

    def __init__(
        self, facts: Facts, size: int | None = None, *, shares: Shares = (45, 15, 40), unseen: bool = False
    ) -> None:
        self.facts, self.chance, self.shares, self.unseen = facts, facts.chance, shares, unseen
        self.difficulty = TESTED if facts.words.testing else _learned(self.chance)
        self.answers: list[Answer] = []
        self._deck: list[Answer] = []
        self._left_out: list[Answer] = []
        self._stories: set[int] = set()
        self._nouns: dict[str, list[str]] = {}  # what is said of each thing
        size = size or self.chance.choice((1, 1, 1, 2, 2, 3, 3, 4, 5))
        self.passages = [self._passage() for _ in range(size)]
        self.chance.shuffle(self.passages)

    def question(self, *, again: bool = False) -> Question:
        """One that is answered, each in its turn, or one that is not. `again`: as it may follow another."""
        chance = self.chance
        answer = self._missing() if chance.random() < self.difficulty.unanswered else self._next()
        if again and answer.again and chance.random() < 0.2:
            return Question(answer.again, answer.sentence, answer.value)
        return Question(self.facts.asked(chance.choice(answer.asks)), answer.sentence, answer.value)

    def _next(self) -> Answer:
        if not self._deck:
            self._deck = self.chance.sample(self.answers, len(self.answers))
        return self._deck.pop()

    def _missing(self) -> Answer:
        """What is not there: what a story left out, another thing, another side of a thing that is there."""
        if self._left_out and self.chance.random() < 0.5:
            return self.chance.choice(self._left_out)
        facts, known, pick = self.facts, self.chance.choice(self.answers), self.chance.random()
        if pick < 0.15:
            return _not_there(facts.everyday.asked()[1])
        if pick < 0.3 and self._stories:
            missing, _ = tell(facts, set(self._stories), unseen=self.unseen)
            if asks := [ask for each in missing for ask in each.asks]:
                return _not_there(asks)
        while True:
            fact = facts.fact(known.thing) if pick < 0.65 and known.thing else facts.fact(noun=known.noun or None)
            if not self._says(fact):
                break
        return _not_there(fact.asks, fact.again)

    def _says(self, fact: Fact) -> bool:
        nouns = self._nouns.get(fact.thing, ())
        return fact.noun in nouns or (bool(nouns) and any(fact.noun in text.lower() for text in self.passages))

    def _passage(self) -> str:
        [make] = self.chance.choices((_about_a_thing, _plain, _story), self.shares)
        return make(self)

    def hold(self, answer: Answer) -> None:
        self.answers.append(answer)

    def thing(self) -> str:
        """At times one that is known already."""
        known = [answer.thing for answer in self.answers if answer.thing]
        return self.chance.choice(known) if known and self.chance.random() < 0.15 else self.facts.thing()

    def nouns_for(self, thing: str) -> list[str]:
        """What to say of a thing: often what is said of another, so that both must be told apart."""
        used = [noun for nouns in self._nouns.values() for noun in nouns]
        wanted = dict.fromkeys(
            self.chance.choice(used) if used and self.chance.random() < self.difficulty.rivals else self.facts.noun()
            for _ in range(self.chance.choice((1, 1, 2, 2, 3, 4)))
        )
        nouns = [noun for noun in wanted if noun not in self._nouns.get(thing, ())]
        self._nouns.setdefault(thing, []).extend(nouns)
        return nouns

    def told(self) -> list[Told]:
        kept, left_out = tell(self.facts, self._stories, unseen=self.unseen)
        self._left_out += [_not_there(each.asks) for each in left_out if each.asks]
        return kept


def _about_a_thing(library: Library) -> str:
    chance, thing = library.chance, library.thing()
    sentences: list[str] = []
    for noun in library.nouns_for(thing):
        fact = library.facts.fact(thing, noun)
        sentence = fact.pronoun if sentences and chance.random() < library.difficulty.pronouns else fact.sentence
        sentences.append(sentence)
        library.hold(Answer(fact.asks, sentence, fact.value, thing, noun, fact.again))
    if not sentences or chance.random() < 0.25:
        sentences.insert(chance.randint(0, len(sentences)), _everyday(library))
    return " ".join(sentences)


def _plain(library: Library) -> str:
    return " ".join(_everyday(library) for _ in range(library.chance.choice((1, 2, 2, 3))))


def _everyday(library: Library) -> str:
    sentence, asks = library.facts.everyday.asked()
    library.hold(Answer(asks, sentence, sentence))
    return sentence


def _story(library: Library) -> str:
    """Told again where there is nothing to ask about it, as may be in a test."""
    told = library.told()
    while not any(each.asks for each in told):
        told = library.told()
    for each in told:
        if each.asks:
            library.hold(Answer(each.asks, each.sentence, each.value))
    return " ".join(each.sentence for each in told)


def _not_there(asks: Sequence[str], again: str = "") -> Answer:
    return Answer(asks, NOT_THERE, NOT_THERE, again=again)


LAYOUTS: tuple[Callable[[list[str]], str], ...] = (
    "\n".join,
    "\n\n".join,
    " ".join,
    lambda passages: "\n".join(f"[{n}] {text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"{n}. {text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"({n}) {text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"- {text}" for text in passages),
    lambda passages: "\n".join(f"* {text}" for text in passages),
    lambda passages: "\n\n".join(f"Passage {n}:\n{text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n\n".join(f"Document {n}: {text}" for n, text in enumerate(passages, 1)),
    lambda passages: "\n".join(f"<document>{text}</document>" for text in passages),
    lambda passages: "\n".join(f"<context>\n{text}\n</context>" for text in passages),
    lambda passages: '"""\n' + "\n".join(passages) + '\n"""',
    "\n---\n".join,
)
