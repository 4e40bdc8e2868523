"""How often each skill is practised, and the dialogues of all of them without end."""

from collections.abc import Callable, Iterator
from random import Random

from .dialogue import Dialogue
from .everyday import Everyday
from .facts import Facts
from .skills.extraction import extracts
from .skills.instructions import follows, repeats
from .skills.mixed import mixed
from .skills.passages import from_long_passages, from_passages, questions_of_one_library
from .skills.search import from_search
from .skills.smalltalk import about_stack, smalltalk
from .skills.tools import calls, calls_of_one_box, uses_result, without_call
from .words import Words

__all__ = ("SHARES", "TOGETHER", "lessons", "make")

Skill = Callable[[Facts], Dialogue]
Skills = Callable[[Facts], list[Dialogue]]

SHARES: dict[Skill, float] = {
    from_passages: 0.12,
    from_long_passages: 0.03,
    from_search: 0.20,
    calls: 0.05,
    uses_result: 0.12,
    without_call: 0.15,
    smalltalk: 0.06,
    about_stack: 0.06,
    follows: 0.10,
    repeats: 0.03,
    extracts: 0.14,
    mixed: 0.04,
}


# Dialogues that begin alike, and are learned for the price of reading that once.
TOGETHER: dict[Skills, float] = {calls_of_one_box: 0.24, questions_of_one_library: 0.6}


def lessons(seed: int | str) -> Iterator[list[Dialogue]]:
    """One dialogue, or some that begin alike."""
    facts = make(seed)
    skills: list[Skill | Skills] = [*SHARES, *TOGETHER]
    shares = [*SHARES.values(), *TOGETHER.values()]
    while True:
        [skill] = facts.chance.choices(skills, shares)
        lesson = skill(facts)
        yield lesson if isinstance(lesson, list) else [lesson]


def make(seed: int | str, *, testing: bool = False) -> Facts:
    """Where a skill takes its names, facts and chances from."""
    return Facts(Everyday(Words(Random(seed), testing=testing)))
