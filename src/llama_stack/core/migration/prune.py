"""Take out of a run config what this version would refuse, part by part, until nothing is refused."""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from ..config import Registry, RunConfig
from ..config.providers import check_providers
from ..config.source import Path, Place, Source
from ..config.substitute import substitute
from ..config.validate import validate
from .notes import Draft
from .result import switched_on

__all__ = ("prune",)

_UNKNOWN = "unknown key"
# Keys of an entry (a provider, a model, a backend, a store) without which it is nothing.
_ESSENTIAL = frozenset({"backend", "model_id", "model_type", "module", "provider_id", "provider_type", "type"})
_BACKENDS = ("storage", "backends")
_MEMORY = "; what was kept there is kept in memory, unless you give it a file: `type: kv_sqlite` and a `db_path`"


@dataclass
class _Probe(Source):
    """A copy on which everything is tried out. Mistakes are where they are in the original."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    @override
    def add_mistake(self, path: Path, message: str, *, at_key: bool = False, place: Place | None = None) -> None:
        self._mistaken.add(self._written(path))
        self.found.append((self._written(path), message))


def prune(draft: Draft, registry: Registry) -> None:
    """Drop what is refused, with a note on each."""
    while refused := _droppable(draft, _refusals(draft.data, registry)):
        for path in sorted(refused, key=_in_order, reverse=True):  # from the end, so that indexes stay right
            at, message = refused[path]
            draft.note(at, message + (_MEMORY if at[:2] == _BACKENDS and at[-1] == "type" else ""))
            draft.drop(path)


def _refusals(data: Any, registry: Registry) -> list[tuple[Path, str]]:
    probe, env = _Probe(deepcopy(data)), switched_on(data)
    substitute(probe, env)
    check_providers(probe, registry, env)
    validate(RunConfig, probe)
    return probe.found


def _droppable(draft: Draft, refusals: Iterable[tuple[Path, str]]) -> dict[Path, tuple[Path, str]]:
    """What to take out → where and why it was refused; nothing that is within another."""
    found: dict[Path, tuple[Path, str]] = {}
    for at, message in refusals:
        if path := _whole(draft, at, message):
            found.setdefault(path, (at, message))
    return {path: why for path, why in found.items() if not any(path[:end] in found for end in range(1, len(path)))}


def _whole(draft: Draft, path: Path, message: str) -> Path:
    """The part that goes with a refused one: a key that is missing, or essential, takes along what it is in."""
    is_of_an_entry = len(path) == 4 and not message.startswith(_UNKNOWN)
    if is_of_an_entry and path[-1] in _ESSENTIAL:
        path = path[:-1]
    while path and not _is_there(draft, path):
        path = path[:-1]
    return path


def _is_there(draft: Draft, path: Path) -> bool:
    around = draft.get(path[:-1])
    return path[-1] in around if isinstance(around, dict) else isinstance(around, list)


def _in_order(path: Path) -> list[str]:
    return [f"{part:09}" if isinstance(part, int) else part for part in path]
