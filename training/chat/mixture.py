"""How often each skill is practised, and the dialogues of all of them without end."""

from collections.abc import Callable, Iterator
from random import Random

from .dialogue import Dialogue
from .everyday import Everyday
from .facts import Facts
from .skills.extraction import extracts
from .skills.instructions import follows, repeats
from .skills.passages import from_long_passages, from_passages, from_search
from .skills.smalltalk import about_stack, smalltalk
from .skills.tools import calls, uses_result, without_call
from .words import Words

__all__ = ("SHARES", "dialogues", "make")

Skill = Callable[[Facts], Dialogue]

SHARES: dict[Skill, float] = {
    from_passages: 0.34,
    from_long_passages: 0.006,
    from_search: 0.08,
    calls: 0.12,
    uses_result: 0.15,
    without_call: 0.04,
    smalltalk: 0.045,
    about_stack: 0.035,
    follows: 0.07,
    repeats: 0.06,
    extracts: 0.09,
}


def dialogues(seed: int, *, testing: bool = False) -> Iterator[Dialogue]:
    facts = make(seed, testing=testing)
    while True:
        [skill] = facts.chance.choices(list(SHARES), list(SHARES.values()))
        yield skill(facts)


def make(seed: int, *, testing: bool = False) -> Facts:
    """Where a skill takes its names, facts and chances from."""
    return Facts(Everyday(Words(Random(seed), testing=testing)))  # noqa: S311 - dice, no secrets
