"""Chunks as rows of a table, and back.

PostgreSQL's text holds no NUL, and its JSONB no number as it was written: where it matters, what was given is kept
beside what is searched.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from .....apis.errors import BadRequestError
from .....apis.vector_io.index import IndexedChunk
from ....utils.vectors.words import held

__all__ = ("as_attributes", "as_row", "from_row")

_LAST_PLACE = 16_383  # that a tsvector has
_MOST_WORDS = 20_000  # a tsvector takes 1 MB


def as_row(chunk: IndexedChunk, vector: tuple[float, ...]) -> tuple[object, ...]:
    """The values of a row, in the order of the columns."""
    exact = chunk.text.encode() if "\0" in chunk.text else None
    place = (chunk.chunk_id, chunk.document_id, chunk.position)
    text = chunk.text.replace("\0", " ")
    return (*place, text, exact, *as_attributes(chunk.attributes), chunk.payload, _tsvector(chunk.text), vector)


def _tsvector(text: str) -> str:
    """The words of a text with their places. PostgreSQL's own parser would take `E-4711` for a negative number."""
    return " ".join(f"'{word}':{min(n, _LAST_PLACE)}" for n, word in enumerate(held(text)[:_MOST_WORDS], 1))


def as_attributes(attributes: Mapping[str, str | bool | float]) -> tuple[str, bytes]:
    """Those that filters look at, and those that are handed back."""
    if any("\0" in str(part) for pair in attributes.items() for part in pair):
        raise BadRequestError("an attribute holds a NUL character, which PostgreSQL does not keep", param="attributes")
    given = msgspec.json.encode(attributes)
    return given.decode(), given


def from_row(row: Any) -> IndexedChunk:
    """A chunk from the columns `COLUMNS`."""
    exact = row["exact_text"]
    return IndexedChunk(
        chunk_id=row["chunk_id"],
        document_id=row["document_id"],
        position=row["position"],
        text=row["text"] if exact is None else exact.decode(),
        attributes=msgspec.json.decode(row["attributes_as_given"]),
        payload=row["payload"],
    )
