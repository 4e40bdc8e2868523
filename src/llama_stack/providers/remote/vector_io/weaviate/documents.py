"""Chunks as Weaviate's objects, and stores as its collections.

An object has digests of its attributes with their values (`facts`), by which filters find equality, and a property for
each number that filters order. What is scored is not what is handed back: vectors of a store by cosine are indexed at
length one, and each object keeps its own as bytes.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from .....apis.vector_io.index import IndexedChunk, Metric, StoreSpec
from ....utils.vectors.filters import digest, fact, kind_of
from ....utils.vectors.numbers import floats, packed
from ....utils.vectors.words import held

__all__ = (
    "FIELDS",
    "changed",
    "chunk_of",
    "collection",
    "has",
    "indexed",
    "name_of",
    "number",
    "number_name",
    "number_property",
    "numbers",
    "similarity",
    "spec_of",
    "state_of",
    "uuid_of",
    "vector_of",
    "weaviate_object",
)

FIELDS = "chunk_id document_id position text attributes payload exact"  # what a chunk is made of again
_PREFIX = "LlamaStack_"
_DISTANCES: dict[Metric, str] = {"cosine": "dot", "dot": "dot", "l2": "l2-squared"}


def name_of(store_id: str) -> str:
    return f"{_PREFIX}{store_id}"


def collection(store: StoreSpec) -> dict[str, Any]:
    """Its dimension is in the description: Weaviate has no other place for it."""
    meta = {"llama_stack": 1, "dimension": store.dimension, "metric": store.metric}
    found = [_text(name, "field") for name in ("document", "state")]
    facts = {**_text("facts", "field"), "dataType": ["text[]"]}
    words = {**_text("words", "whitespace"), "indexFilterable": False, "indexSearchable": True}
    kept = [{**_text(name, "field"), "indexFilterable": False} for name in FIELDS.split() if name != "position"]
    return {
        "class": name_of(store.store_id),
        "description": msgspec.json.encode(meta).decode(),
        "vectorizer": "none",
        "vectorIndexType": "hnsw",
        "vectorIndexConfig": {"distance": _DISTANCES[store.metric], "skipDefaultQuantization": True},
        "invertedIndexConfig": {"stopwords": {"preset": "none"}},
        "properties": [*found, facts, words, *kept, {"name": "position", "dataType": ["int"]}],
    }


def _text(name: str, tokenization: str) -> dict[str, Any]:
    return {
        "name": name,
        "dataType": ["text"],
        "tokenization": tokenization,
        "indexFilterable": True,
        "indexSearchable": False,
    }


def spec_of(held_as: Mapping[str, Any]) -> StoreSpec | None:
    """A store, unless the collection is somebody else's."""
    name = held_as["class"]
    try:
        meta = msgspec.json.decode(held_as.get("description") or "null")
    except msgspec.DecodeError:
        return None
    if not name.startswith(_PREFIX) or not isinstance(meta, dict) or "llama_stack" not in meta:
        return None
    return StoreSpec(name.removeprefix(_PREFIX), int(meta["dimension"]), meta["metric"])


def number_property(name: str) -> dict[str, Any]:
    return {"name": name, "dataType": ["number"], "indexFilterable": True}


def number_name(attribute: str) -> str:
    """The property of an attribute's numbers: names of properties are short, and of letters and digits."""
    return f"n_{digest(attribute)}"


def number(value: float) -> float:
    return float(value) + 0.0  # there is one zero to compare with, not two


def has(attribute: str, kind: str) -> str:
    """What says that an object has this attribute, with a value of that kind."""
    return digest(f"has {kind} {attribute}")


def uuid_of(chunk_id: str) -> str:
    return str(uuid5(NAMESPACE_URL, chunk_id))


def state_of(attributes: Mapping[str, str | bool | float]) -> str:
    """By which objects are told that have these attributes already."""
    return digest(msgspec.json.encode(attributes).decode())


def weaviate_object(store: StoreSpec, chunk: IndexedChunk, vector: Sequence[float]) -> dict[str, Any]:
    properties = {
        "chunk_id": chunk.chunk_id,
        "document_id": chunk.document_id,
        "document": digest(chunk.document_id),
        "position": chunk.position,
        "text": chunk.text,
        "payload": chunk.payload.decode(),
        "words": " ".join(held(chunk.text)),
        "exact": b64encode(packed(vector)).decode(),
        **_as_attributes(chunk.attributes),
    }
    return {
        "class": name_of(store.store_id),
        "id": uuid_of(chunk.chunk_id),
        "vector": indexed(vector, store.metric),
        "properties": properties,
    }


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What to merge into an object, so that it has other attributes; None takes away."""
    return dict.fromkeys(numbers(old)) | _as_attributes(new)


def _as_attributes(attributes: Mapping[str, str | bool | float]) -> dict[str, Any]:
    return {
        "attributes": msgspec.json.encode(attributes).decode(),
        "state": state_of(attributes),
        "facts": list(_facts(attributes)),
        **numbers(attributes),
    }


def _facts(attributes: Mapping[str, str | bool | float]) -> Iterable[str]:
    for name, value in attributes.items():
        yield fact(name, value)
        yield has(name, kind_of(value))


def numbers(attributes: Mapping[str, Any]) -> dict[str, float]:
    return {number_name(name): number(value) for name, value in attributes.items() if kind_of(value) == "n"}


def chunk_of(found: Mapping[str, Any]) -> IndexedChunk:
    return IndexedChunk(
        chunk_id=found["chunk_id"],
        document_id=found["document_id"],
        position=int(found["position"]),
        text=found["text"] or "",
        attributes=msgspec.json.decode(found["attributes"]),
        payload=found["payload"].encode(),
    )


def vector_of(found: Mapping[str, Any]) -> bytes:
    return b64decode(found["exact"])


def indexed(vector: Sequence[float], metric: Metric) -> list[float]:
    length = math.hypot(*vector) if metric == "cosine" else 1.0
    return [each / length for each in vector] if length else list(vector)


def similarity(one: Sequence[float], found: Mapping[str, Any], metric: Metric) -> float:
    """The score of an object, from its own vector."""
    other = floats(vector_of(found))
    if metric == "l2":
        return -math.dist(one, other)
    pairs = zip(indexed(one, metric), indexed(other, metric), strict=True)
    return math.fsum(a * b for a, b in pairs)
