"""What is told about a document on its way: a note for each part that does not come along, with its line."""

from dataclasses import dataclass, field

from typing_extensions import override

from ..config.source import Path, Place, Source, dotted

__all__ = ("Draft", "Note")

_ADVICE = "; remove the key"  # to who loads a config; here the key is gone


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know about one place. Nothing that is secret in the document is in its notes."""

    file: str
    place: Place
    path: str
    message: str
    lost: bool = True  # whether something was left behind; else it is something to do, or to know

    @override
    def __str__(self) -> str:
        where = f"{self.file}:{self.place[0]}:{self.place[1]}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


@dataclass
class Draft(Source):
    """A document that changes until it fits. What would be a mistake in a run config of ours is a note here."""

    notes: list[Note] = field(default_factory=list)

    @classmethod
    def of(cls, source: Source) -> "Draft":
        """The same document. Raises `ConfigError` when it has mistakes already, such as repeated keys."""
        source.raise_mistakes()
        return cls(source.data, source.name, source.keys, source.values)

    def note(self, path: Path, message: str, *, lost: bool = True) -> None:
        """Say something about the part at `path`, which is shown as it was written."""
        written = self._written(path)
        place = self.keys.get(written) or self._place(written) or (1, 1)
        self.notes.append(Note(self.name or "config", place, dotted(written), message, lost))

    @override
    def add_mistake(self, path: Path, message: str, *, at_key: bool = False, place: Place | None = None) -> None:
        self._mistaken.add(self._written(path))
        self.note(path, message.removesuffix(_ADVICE))

    def drop(self, path: Path) -> None:
        """Take the part at `path` out, whatever it is; what follows in a list keeps its place in the file."""
        around = self.get(path[:-1])
        if isinstance(around, list):
            self.keep(path[:-1], [index for index in range(len(around)) if index != path[-1]])
        else:
            del around[path[-1]]
