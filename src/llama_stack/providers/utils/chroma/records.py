"""Chunks as Chroma's records, and filters in Chroma's words.

A record's document is the chunk's words, each between blanks: so `$contains` finds whole words, by Chroma's own index.
What the chunk is made of is in the metadata, with each attribute once more for the filters.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import IndexedChunk
from ..vectors.filters import SCALARS, as_scalar, kind_of, tagged, translate
from ..vectors.words import held

__all__ = ("as_document", "as_metadata", "attributes_metadata", "chunk_of", "holds_any", "where")

Where = dict[str, Any]
_KINDS = tuple(f"{kind}." for kind in SCALARS)


def as_document(text: str) -> str:
    return f" {' '.join(held(text))} "


def as_metadata(chunk: IndexedChunk, replaced: Mapping[str, Any]) -> dict[str, Any]:
    """`replaced` is the metadata that is there: Chroma keeps what it is not told to remove."""
    return {
        "document_id": chunk.document_id,
        "position": chunk.position,
        "text": chunk.text,
        "payload": chunk.payload.decode(),
        **attributes_metadata(chunk.attributes, replaced),
    }


def attributes_metadata(attributes: Mapping[str, Any], replaced: Mapping[str, Any]) -> dict[str, Any]:
    gone = {key: None for key in replaced if key.startswith(_KINDS)}
    return {**gone, **tagged(attributes), "attributes": msgspec.json.encode(attributes).decode()}


def chunk_of(chunk_id: str, metadata: Mapping[str, Any]) -> IndexedChunk:
    return IndexedChunk(
        chunk_id=chunk_id,
        document_id=metadata["document_id"],
        position=metadata["position"],
        text=metadata["text"],
        attributes=msgspec.json.decode(metadata["attributes"]),
        payload=metadata["payload"].encode(),
    )


def holds_any(asked: Sequence[str]) -> Where:
    conditions: list[Where] = [{"$contains": f" {word} "} for word in asked]
    return conditions[0] if len(conditions) == 1 else {"$or": conditions}


def where(rule: Comparison | Compound | None) -> Where | None:
    """The filter, or a wider one: Chroma does not order text."""
    return translate(rule, _leaf, _JOIN)


_JOIN: Mapping[str, Callable[[list[Where]], Where]] = {
    "and": lambda parts: {"$and": parts},
    "or": lambda parts: {"$or": parts},
}
_NEVER: Where = {"position": {"$lt": -1}}


def _leaf(rule: Comparison) -> Where | None:
    if rule.type in ("eq", "in"):
        return _joined("or", rule, "$in") or _NEVER
    if rule.type in ("ne", "nin"):
        return _joined("and", rule, "$nin")  # also fulfilled by records without the key
    kind = kind_of(rule.values[0])
    if kind == "n":
        return {f"n.{rule.key}": {f"${rule.type}": float(rule.values[0])}}
    return None if kind == "s" else _NEVER


def _joined(how: str, rule: Comparison, operator: str) -> Where | None:
    """The values of each kind apart, for they are under different keys."""
    values = {kind: [as_scalar(value) for value in rule.values if kind_of(value) == kind] for kind in SCALARS}
    parts: list[Where] = [{f"{kind}.{rule.key}": {operator: each}} for kind, each in values.items() if each]
    return _JOIN[how](parts) if len(parts) > 1 else next(iter(parts), None)
