"""Chunks as Qdrant's points, and filters in Qdrant's words.

A point has two vectors: the chunk's, and one of its words, which Qdrant ranks by BM25 with its own count of how many
points hold each. Attributes lie in the payload by kind (`n.year`), under names that need no quotes.
"""

import math
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zlib import crc32

import msgspec

from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import IndexedChunk
from ..vectors.filters import SCALARS, as_scalar, kind_of, plain, translate
from ..vectors.words import asked, held

__all__ = ("as_filter", "as_point", "attributes_payload", "chunk_of", "fields_of", "id_of", "vector_of", "words_of")

Condition = dict[str, Any]
_IDS = uuid.UUID("6c6c616d-6120-7374-6163-6b2076656373")  # ours, for ids that are made from chunks' ids
_SATURATION, _LENGTH, _USUAL_WORDS = 1.2, 0.75, 256  # BM25's k1 and b, and the length of a usual chunk
_KINDS = {"b": "bool", "n": "float", "s": "keyword"}


def id_of(chunk_id: str) -> str:
    return str(uuid.uuid5(_IDS, chunk_id))


def as_point(chunk: IndexedChunk, vector: Sequence[float]) -> dict[str, Any]:
    words = _weights(chunk.text)
    payload = {
        "chunk_id": chunk.chunk_id,
        "document_id": chunk.document_id,
        "position": chunk.position,
        "text": chunk.text,
        "payload": chunk.payload.decode(),
        "length": math.hypot(*vector),
        **attributes_payload(chunk.attributes),
    }
    vectors = {"dense": list(vector), **({"words": _sparse(words)} if words else {})}
    return {"id": id_of(chunk.chunk_id), "vector": vectors, "payload": payload}


def attributes_payload(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What is replaced when attributes change: as they are, and by kind for the filters."""
    by_kind: dict[str, Any] = {kind: {} for kind in SCALARS}
    for name, value in attributes.items():
        by_kind[kind_of(value)][plain(name)] = as_scalar(value)
    return {"attributes": msgspec.json.encode(attributes).decode(), **by_kind}


def fields_of(attributes: Mapping[str, Any]) -> dict[str, str]:
    """The payload's fields that filters may look at, and how Qdrant indexes each."""
    return {f"{kind_of(value)}.{plain(name)}": _KINDS[kind_of(value)] for name, value in attributes.items()}


def chunk_of(payload: Mapping[str, Any]) -> IndexedChunk:
    return IndexedChunk(
        chunk_id=payload["chunk_id"],
        document_id=payload["document_id"],
        position=payload["position"],
        text=payload["text"],
        attributes=msgspec.json.decode(payload["attributes"]),
        payload=payload["payload"].encode(),
    )


def vector_of(point: Mapping[str, Any]) -> list[float]:
    """A point's vector in its own length: under the cosine, Qdrant keeps it at length one."""
    vector: list[float] = point["vector"]["dense"]
    length, kept = point["payload"]["length"], math.hypot(*vector)
    scale = length / kept if kept and not math.isclose(length, kept, rel_tol=1e-6) else 1.0
    return [number * scale for number in vector]


def words_of(text: str) -> dict[str, Any] | None:
    """The vector to search with; None when the text has no words."""
    weights = {crc32(word.encode()): 1.0 for word in asked(text)}
    return _sparse(weights) if weights else None


def _weights(text: str) -> dict[int, float]:
    counts = Counter(crc32(word.encode()) for word in held(text))
    length = 1 - _LENGTH + _LENGTH * counts.total() / _USUAL_WORDS
    return {word: n * (_SATURATION + 1) / (n + _SATURATION * length) for word, n in counts.items()}


def _sparse(weights: Mapping[int, float]) -> dict[str, Any]:
    return {"indices": list(weights), "values": list(weights.values())}


def as_filter(rule: Comparison | Compound | None) -> Condition | None:
    """The filter, or a wider one: Qdrant does not order text."""
    return translate(rule, _leaf, _JOIN)


_JOIN: Mapping[str, Callable[[list[Condition]], Condition]] = {
    "and": lambda parts: {"must": parts},
    "or": lambda parts: {"should": parts},
}
_NEVER: Condition = {"must": [{"key": "position", "range": {"lt": -1}}]}


def _leaf(rule: Comparison) -> Condition | None:
    if rule.type in ("eq", "in"):
        return {"should": _equal(rule)} if rule.values else _NEVER
    if rule.type in ("ne", "nin"):
        return {"must_not": _equal(rule)} if rule.values else None
    kind = kind_of(rule.values[0])
    if kind == "n":
        return {"must": [{"key": f"n.{plain(rule.key)}", "range": {rule.type: as_scalar(rule.values[0])}}]}
    return None if kind == "s" else _NEVER


def _equal(rule: Comparison) -> list[Condition]:
    return [{"key": f"{kind_of(value)}.{plain(rule.key)}", **_same(as_scalar(value))} for value in rule.values]


def _same(value: str | bool | float) -> Condition:
    if kind_of(value) == "n":  # a `match` takes whole numbers only
        return {"range": {"gte": value, "lte": value}}
    return {"match": {"value": value}}
