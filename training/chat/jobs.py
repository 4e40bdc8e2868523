"""Jobs that programs do, and tools for them: each argument has words of its own that tell what its value is for, and a
request is put together from some of them, in any order. Often only these words tell two values apart."""

from random import Random
from typing import Any

from .facts import Facts
from .lists import load
from .toolbox import Tool, tools_of

__all__ = ("job_tools",)

_JOBS: list[dict[str, Any]] = load("jobs")["job"]
_LEFT_OUT = 0.1  # of the requests do not say one of the arguments
_STATED = 0.2  # of the values have a sentence of their own
_AHEAD = 0.12  # of the others stand before what is asked


def job_tools(facts: Facts, count: int = 1) -> list[Tool]:
    """A tool with some of a job's arguments, asked for in so many ways."""
    chance = facts.chance
    job = chance.choice(_JOBS)
    every: dict[str, dict[str, Any]] = job["arguments"]
    names = _some(chance, job)
    kinds = {name: every[name]["kind"] for name in names}
    others = {name: every[name]["called"] for name in names}
    return tools_of(facts, job, kinds, others, [_request(chance, job, names) for _ in range(count)])


def _some(chance: Random, job: dict[str, Any]) -> list[str]:
    """Of the arguments all those of one lead, and others."""
    names = sorted(_slots(chance.choice(job["leads"]), job))
    others = [name for name in job["arguments"] if name not in names]
    wanted = chance.choice((1, 2, 2, 3, 3, 4)) - len(names)
    names += chance.sample(others, max(0, min(len(others), wanted)))
    chance.shuffle(names)
    return names


def _request(chance: Random, job: dict[str, Any], names: list[str]) -> str:
    """With a `{name}` for each argument: a lead, and the other arguments around it."""
    lead = chance.choice([lead for lead in job["leads"] if _slots(lead, job) <= set(names)])
    left = [name for name in names if name not in _slots(lead, job)]
    chance.shuffle(left)
    if left and len(names) > 1 and chance.random() < _LEFT_OUT:
        left.pop()
    sentences: tuple[list[str], list[str]] = ([], [])
    ahead, after = "", ""
    for name in left:
        argument = job["arguments"][name]
        if chance.random() < _STATED:
            chance.choice(sentences).append(_with(chance, argument["stated"], name))
        elif not ahead and chance.random() < _AHEAD:
            ahead = f"{_with(chance, argument['said'], name)}{chance.choice((', ', ', ', ': '))}"
        else:
            after += f"{chance.choice((' ', ' ', ' ', ', ', ' and '))}{_with(chance, argument['said'], name)}"
    before, then = sentences
    return " ".join((*before, _sentence(chance, ahead, lead, after), *then))


def _sentence(chance: Random, ahead: str, lead: str, after: str) -> str:
    if ahead and not lead.startswith(("I ", "I'")):
        lead = lead[0].lower() + lead[1:]
    end = "?" if lead.endswith("?") else chance.choice((".", ".", "", "!" if chance.random() < 0.2 else ", please."))
    asked = f"{ahead}{lead.rstrip('?')}{after}{end}"
    return asked if asked[0] == "{" else asked[0].upper() + asked[1:]


def _with(chance: Random, forms: list[str], name: str) -> str:
    return str(chance.choice(forms)).replace("{}", f"{{{name}}}")


def _slots(lead: str, job: dict[str, Any]) -> set[str]:
    return {name for name in job["arguments"] if f"{{{name}}}" in lead}
