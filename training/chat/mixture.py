"""How often each skill is practised, and the dialogues of all of them without end."""

from collections.abc import Callable, Iterator
from random import Random

from .dialogue import Dialogue
from .everyday import Everyday
from .facts import Facts
from .skills.extraction import extracts
from .skills.instructions import follows, repeats
from .skills.mixed import mixed
from .skills.passages import from_long_passages, from_passages
from .skills.search import from_search
from .skills.smalltalk import about_stack, smalltalk
from .skills.tools import calls, uses_result, without_call
from .words import Words

__all__ = ("SHARES", "dialogues", "make")

Skill = Callable[[Facts], Dialogue]

SHARES: dict[Skill, float] = {
    from_passages: 0.33,
    from_long_passages: 0.02,
    from_search: 0.10,
    calls: 0.12,
    uses_result: 0.17,
    without_call: 0.06,
    smalltalk: 0.04,
    about_stack: 0.04,
    follows: 0.05,
    repeats: 0.02,
    extracts: 0.06,
    mixed: 0.03,
}


def dialogues(seed: int | str, *, testing: bool = False) -> Iterator[Dialogue]:
    facts = make(seed, testing=testing)
    while True:
        [skill] = facts.chance.choices(list(SHARES), list(SHARES.values()))
        yield skill(facts)


def make(seed: int | str, *, testing: bool = False) -> Facts:
    """Where a skill takes its names, facts and chances from."""
    return Facts(Everyday(Words(Random(seed), testing=testing)))
