"""JSON and JSON lines: `path: value` lines, so that a value keeps its meaning wherever it is cut."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from .....apis.errors import BadRequestError
from ..block import Block, Document, Source
from .text import text_of

__all__ = ("read_json",)


def read_json(source: Source) -> Document:
    text, encoding = text_of(source)
    records = _records(text, source.filename)
    blocks = (Block("\n".join(_lines("", record)), "code") for record in records)
    return Document([block for block in blocks if block.text], {"encoding": encoding})


def _records(text: str, filename: str) -> Iterable[Any]:
    """What stands at the top: the elements of an array, the values of JSON lines, or the one value."""
    try:
        whole = _loaded(text)
    except (ValueError, RecursionError) as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise BadRequestError(f"{filename} is no JSON: {error}", code="invalid_file") from None
        return [_line(line, number, filename) for number, line in enumerate(lines, 1)]
    return whole if isinstance(whole, list) and all(isinstance(each, dict) for each in whole) else [whole]


def _loaded(text: str) -> Any:
    """Numbers stay as they are written: 1.10 is no 1.1."""
    return json.loads(text, parse_float=str, parse_int=str)


def _line(line: str, number: int, filename: str) -> Any:
    try:
        return _loaded(line)
    except (ValueError, RecursionError) as error:
        raise BadRequestError(f"{filename} is no JSON: record {number}: {error}", code="invalid_file") from None


def _lines(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _lines(f"{path}.{name}" if path else name, each)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for number, each in enumerate(value):
            yield from _lines(f"{path}[{number}]", each)
    elif value not in (None, "", []):
        shown = ", ".join(map(_scalar, value)) if isinstance(value, list) else _scalar(value)
        yield f"{path}: {shown}" if path else shown


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
