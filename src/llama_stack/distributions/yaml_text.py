"""Plain data as YAML that people like to edit: block style, quotes only where they are needed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ("to_yaml",)

_PLAIN = re.compile(r"[A-Za-z_$/][^\s#,\[\]'\"\\]*")
_BREAKS = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")  # plain in JSON, but not in YAML
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})  # read otherwise by some


def to_yaml(data: Mapping[str, Any] | list[Any], *, indent: int = 0) -> str:
    """Lines for a mapping or a list, each led by `indent` spaces."""
    return "".join(f"{' ' * indent}{line}\n" for line in _lines(data))


def _lines(data: Any) -> Iterator[str]:
    match data:
        case Mapping():
            for key, value in data.items():
                yield from _entry(f"{_scalar(key)}:", value)
        case list() | tuple():
            for value in data:
                first, *rest = _lines(value) if _is_block(value) else [_scalar(value)]
                yield f"- {first}"
                yield from (f"  {line}" for line in rest)


def _entry(key: str, value: Any) -> Iterator[str]:
    if not _is_block(value):
        yield f"{key} {_scalar(value)}"
        return
    yield key
    lead = "  " if isinstance(value, Mapping) else ""
    yield from (f"{lead}{line}" for line in _lines(value))


def _is_block(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple) and len(value) > 0


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS and value[-1] != ":":
        return value
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
