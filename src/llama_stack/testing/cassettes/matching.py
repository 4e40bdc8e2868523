"""Which recorded request is the one that is asked, and how near the others come."""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from .bodies import comparable
from .interaction import Asked, Interaction
from .options import Options

__all__ = ("Difference", "Matcher")

_SHOWN = 60  # characters of a value in a message
_ABSENT = object()
_MUST = ("provider", "method", "path")  # a request that differs here is quite another one


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` is dotted; a value that is not there is `_ABSENT`."""

    path: str
    recorded: Any
    asked: Any

    @override
    def __str__(self) -> str:
        recorded, asked = _around_difference(_text(self.recorded), _text(self.asked))
        return f"{self.path}: recorded {recorded}, asked {asked}"

    @property
    def weight(self) -> float:
        """0 when the values are nearly the same, 1 and more when nothing is."""
        near = difflib.SequenceMatcher(None, _text(self.recorded)[:500], _text(self.asked)[:500]).ratio()
        return (10.0 if self.path in _MUST else 1.0) - near


class Matcher:
    """Tells requests apart as the options say."""

    def __init__(self, options: Options) -> None:
        self.is_strict = options.match == "strict"
        self._ignored = [] if self.is_strict else [_pattern(path) for path in options.ignore]

    def key(self, asked: Asked) -> str:
        """The same for requests that count as the same."""
        canonical = json.dumps(self._fields(asked), sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def nearest(self, asked: Asked, among: Iterable[Interaction]) -> tuple[Interaction, list[Difference]] | None:
        """The recorded request that differs least, and where."""
        found = [(interaction, self.differences(interaction.asked, asked)) for interaction in among]
        return min(found, key=lambda each: sum(d.weight for d in each[1]), default=None)

    def differences(self, recorded: Asked, asked: Asked) -> list[Difference]:
        old, new = dict(_leaves(self._fields(recorded))), dict(_leaves(self._fields(asked)))
        paths = [*old, *(path for path in new if path not in old)]
        pairs = [Difference(path, old.get(path, _ABSENT), new.get(path, _ABSENT)) for path in paths]
        return [pair for pair in pairs if _text(pair.recorded) != _text(pair.asked)]

    def _fields(self, asked: Asked) -> dict[str, Any]:
        """What is compared: not the host, which is another in each environment."""
        fields: dict[str, Any] = {"provider": asked.provider, "method": asked.method, "path": asked.path}
        if query := parse_qsl(urlsplit(str(asked.request["url"])).query, keep_blank_values=True):
            fields["query"] = dict(sorted(query))
        if self.is_strict and asked.request.get("headers"):
            fields["headers"] = dict(asked.request["headers"])
        body = comparable(asked.request)
        if body is not None:
            fields["body"] = self._kept(body, "")
        return fields

    def _kept(self, value: Any, path: str) -> Any:
        """A body without what is ignored."""
        if not self._ignored:
            return value
        match value:
            case dict():
                items = ((key, item, f"{path}.{key}" if path else str(key)) for key, item in value.items())
                return {key: self._kept(item, below) for key, item, below in items if not self._is_ignored(below)}
            case list():
                return [self._kept(item, f"{path}.{n}" if path else str(n)) for n, item in enumerate(value)]
        return value

    def _is_ignored(self, path: str) -> bool:
        return any(pattern.fullmatch(path) for pattern in self._ignored)


def _pattern(path: str) -> re.Pattern[str]:
    parts = {"*": r"[^.]+\.", "**": r"(?:[^.]+\.)*"}
    expression = "".join(parts.get(part, re.escape(part) + r"\.") for part in path.split("."))
    return re.compile(expression.removesuffix(r"\."))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict() if value:
            for key, item in value.items():
                yield from _leaves(item, f"{path}.{key}" if path else str(key))
        case list() if value:
            for number, item in enumerate(value):
                yield from _leaves(item, f"{path}[{number}]")
        case _:
            yield path, value


def _text(value: Any) -> str:
    return "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False)


def _around_difference(one: str, other: str) -> tuple[str, str]:
    """Both cut to where they begin to differ, if they are long."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, same - _SHOWN // 3) if max(len(one), len(other)) > _SHOWN else 0
    return _cut(one, start), _cut(other, start)


def _cut(text: str, start: int) -> str:
    piece = text[start : start + _SHOWN]
    return ("…" if start else "") + piece + ("…" if start + _SHOWN < len(text) else "")
