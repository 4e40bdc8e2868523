"""Chunks as Milvus's entities, and filters as its expressions.

Milvus bounds texts and names, and compares what is absent in ways of its own. So an entity is found by digests: of ids,
and of each attribute with its value (`facts`), which an array holds or does not hold. Numbers and texts that filters
may order are in a JSON field by kind. What the chunk is made of is kept as text in pieces.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import IndexedChunk
from ..vectors.filters import as_scalar, digest, fact, kind_of, plain, translate
from ..vectors.words import asked, held

__all__ = ("PIECE", "PIECES", "chunk_of", "entity", "expression", "words_of")

PIECE, PIECES = 60_000, 4096  # bytes of a piece, and how many there may be: Milvus takes 65,535 and 4,096
_WORDS_BYTES = 65_000
_LONGEST_WORD = 40  # what is longer, or not of plain letters, is known by its digest: analyzers differ over it


def entity(chunk: IndexedChunk, vector: Sequence[float]) -> dict[str, Any]:
    parts = (chunk.chunk_id, chunk.document_id, chunk.text, chunk.attributes, chunk.payload.decode())
    kept = msgspec.json.encode(parts).decode()
    return {
        "id": digest(chunk.chunk_id),
        "document": digest(chunk.document_id),
        "position": chunk.position,
        "record": _pieces(kept),
        "facts": [fact(name, value) for name, value in chunk.attributes.items()],
        "ordered": {_ordered(name, value): as_scalar(value) for name, value in chunk.attributes.items()},
        "held": _cut(" ".join(map(_plain_word, held(chunk.text)))),
        "vector": list(vector),
    }


def chunk_of(found: Mapping[str, Any]) -> IndexedChunk:
    chunk_id, document_id, text, attributes, payload = msgspec.json.decode("".join(found["record"]))
    return IndexedChunk(chunk_id, document_id, int(found["position"]), text, attributes, payload.encode())


def words_of(text: str) -> str:
    return _cut(" ".join(map(_plain_word, asked(text))))


def _plain_word(word: str) -> str:
    return word if word.isascii() and len(word) <= _LONGEST_WORD else digest(word)


def _cut(words: str) -> str:
    return words if len(words) <= _WORDS_BYTES else words[:_WORDS_BYTES].rpartition(" ")[0]


def _pieces(text: str) -> list[str]:
    """A text in pieces of at most `PIECE` bytes: a character has up to four."""
    step = PIECE if text.isascii() else PIECE // 4
    return [text[start : start + step] for start in range(0, len(text), step)]


def _ordered(name: str, value: str | bool | float) -> str:
    return f"{kind_of(value)}_{plain(name)}"


def expression(rule: Comparison | Compound | None) -> str:
    """The filter as Milvus writes it; empty for every entity."""
    return translate(rule, _leaf, _JOIN) or ""


_JOIN: Mapping[str, Callable[[list[str]], str]] = {
    "and": lambda parts: " and ".join(f"({part})" for part in parts),
    "or": lambda parts: " or ".join(f"({part})" for part in parts),
}
_NEVER = "position < -1"
_ORDERS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _leaf(rule: Comparison) -> str | None:
    if rule.type in _ORDERS:
        value = rule.values[0]
        literal = msgspec.json.encode(as_scalar(value)).decode()
        return (
            _NEVER
            if kind_of(value) == "b"
            else f'ordered["{_ordered(rule.key, value)}"] {_ORDERS[rule.type]} {literal}'
        )
    facts = msgspec.json.encode([fact(rule.key, value) for value in rule.values]).decode()
    if rule.type in ("eq", "in"):
        return f"array_contains_any(facts, {facts})" if rule.values else _NEVER
    return f"not array_contains_any(facts, {facts})" if rule.values else None
