"""What an import yields, and whether it is a run config that loads."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..config import Registry, load_config
from .notes import Note

__all__ = ("Imported", "references", "switched_on")

_REFERENCE = re.compile(r"(?<!\$)\$\{env\.(?P<name>\w+)(?::(?P<operator>[=+])(?P<off>__disabled__)?)?")


@dataclass(frozen=True, slots=True)
class Imported:
    """A run config as a mapping whose references are not filled in, and what is to be said about it."""

    format: str
    config: dict[str, Any]
    notes: list[Note]

    @property
    def lost(self) -> list[Note]:
        """What did not come along."""
        return [note for note in self.notes if note.lost]

    @property
    def required(self) -> list[str]:
        """The environment variables without which it does not start."""
        return sorted({name for name, kind in references(self.config) if kind == "required"})

    def check(self, registry: Registry) -> None:
        """Raise `ConfigError` when it would be refused even with all its variables set."""
        load_config(self.config, env=switched_on(self.config), registry=registry)


def references(data: Any) -> Iterator[tuple[str, str]]:
    """Each variable that is referred to, and how: `required`, `switch` (it turns something on) or `default`."""
    match data:
        case str():
            for found in _REFERENCE.finditer(data):
                is_switch = found["operator"] == "+" or found["off"]
                yield found["name"], "switch" if is_switch else "default" if found["operator"] else "required"
        case Mapping():
            yield from (pair for item in data.values() for pair in references(item))
        case list() | tuple():
            yield from (pair for item in data for pair in references(item))


def switched_on(data: Any) -> dict[str, str]:
    """An environment in which nothing is missing and nothing is switched off.

    Every value is another number: it does as a name, and as a port.
    """
    names = dict.fromkeys(name for name, kind in references(data) if kind != "default")
    return {name: str(number) for number, name in enumerate(names, start=1)}
