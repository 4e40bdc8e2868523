"""A run config as it was written: plain data, the line and column of each part, and the mistakes found so far."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ...apis.errors import ConfigError

__all__ = ("Path", "Place", "Source", "dotted")

Path = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, from 1


@dataclass
class Source:
    """Data to be changed in place. A part that is moved keeps the path and the place where its author put it."""

    data: Any
    name: str | None = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    _origins: dict[Path, Path] = field(default_factory=dict)
    _mistakes: list[tuple[Place, str]] = field(default_factory=list)
    _mistaken: set[Path] = field(default_factory=set)

    def add_mistake(self, path: Path, message: str, *, at_key: bool = False, place: Place | None = None) -> None:
        """Note what is wrong at `path`, which is shown as it was written; `at_key` points to the key itself."""
        written = self._written(path)
        place = place or (self.keys.get(written) if at_key else None) or self._place(written)
        where = f"{self.name}:{place[0]}:{place[1]}: " if self.name and place else ""
        line = f"{where}{dotted(written)}: {message}" if written else f"{where}{message}"
        mistake = (place or (0, 0), line)
        if mistake not in self._mistakes:
            self._mistakes.append(mistake)
        self._mistaken.add(written)

    def has_mistake(self, path: Path) -> bool:
        """Whether something is known to be wrong with just this part."""
        return self._written(path) in self._mistaken

    def raise_mistakes(self) -> None:
        """Raise one `ConfigError` with every mistake, in the order of the file, if there is any."""
        if self._mistakes:
            raise ConfigError("\n".join(line for _, line in sorted(self._mistakes, key=lambda mistake: mistake[0])))

    def get(self, path: Path) -> Any:
        """The value at `path`, or None."""
        node = self.data
        for part in path:
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                return None
        return node

    def set(self, path: Path, value: Any) -> None:
        """Replace the value at `path`."""
        self.get(path[:-1])[path[-1]] = value

    def move(self, old: Path, new: Path) -> None:
        """Put the value at `old` where `new` says; mappings on the way are made."""
        origin = self._written(old)
        value = self.get(old[:-1]).pop(old[-1])
        for end in range(1, len(new)):
            if self.get(new[:end]) is None:
                self.set(new[:end], {})
        self.set(new, value)
        self._origins[new] = origin

    def keep(self, path: Path, indexes: list[int]) -> None:
        """Keep only these items of the list at `path`."""
        items = self.get(path)
        origins = [self._written((*path, index)) for index in indexes]
        items[:] = [items[index] for index in indexes]
        self._origins.update({(*path, index): origin for index, origin in enumerate(origins)})

    def scalars(self, path: Path = ()) -> Iterator[tuple[Path, str]]:
        """Each string below `path`, with its path."""
        node = self.get(path) if path else self.data
        match node:
            case str():
                yield path, node
            case dict() | list():
                for key in list(node) if isinstance(node, dict) else range(len(node)):
                    yield from self.scalars((*path, key))

    def _written(self, path: Path) -> Path:
        written: Path = ()
        for end, part in enumerate(path, start=1):
            written = self._origins.get(path[:end], (*written, part))
        return written

    def _place(self, path: Path) -> Place | None:
        """Where `path` is written, or else the nearest part around it. A mapping is at its key, a scalar at itself."""
        while path:
            if place := self.values.get(path) or self.keys.get(path):
                return place
            path = path[:-1]
        return (1, 1) if self.values else None


def dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
