"""Chunks as Elasticsearch's documents, and filters as its queries.

A document has digests of its attributes with their values (`facts`), by which filters find equality, and its numbers
and texts by kind (`n.year`), which they order. What is scored is not what is handed back: vectors of a store by cosine
are indexed at length one, and each document keeps its own as bytes.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from .....apis.vector_io.filters import Comparison, Compound
from .....apis.vector_io.index import IndexedChunk, Metric, StoreSpec
from ....utils.vectors.filters import as_scalar, digest, fact, kind_of, plain, translate
from ....utils.vectors.numbers import floats, packed
from ....utils.vectors.words import held

__all__ = ("as_attributes", "as_query", "chunk_of", "document", "indexed", "mappings", "similarity", "vector_of")

Query = dict[str, Any]
_SIMILARITIES: dict[Metric, str] = {"cosine": "max_inner_product", "dot": "max_inner_product", "l2": "l2_norm"}
_LONGEST_KEYWORD = 8_000  # letters of a text that filters order


def mappings(store: StoreSpec) -> dict[str, Any]:
    vector = {"type": "dense_vector", "dims": store.dimension, "index": True, "similarity": _SIMILARITIES[store.metric]}
    vector["index_options"] = {"type": "hnsw"}  # else newer servers round the vectors, and lose some of the nearest
    text = {"type": "keyword", "ignore_above": _LONGEST_KEYWORD}
    return {
        "dynamic": False,
        "_meta": {"llama_stack": 1, "dimension": store.dimension, "metric": store.metric},
        "dynamic_templates": [
            {"numbers": {"path_match": "n.*", "mapping": {"type": "double"}}},
            {"texts": {"path_match": "s.*", "mapping": text}},
        ],
        "properties": {
            "document": {"type": "keyword"},
            "position": {"type": "long"},
            "facts": {"type": "keyword"},
            "words": {"type": "text", "analyzer": "whitespace"},
            "vector": vector,
            "n": {"type": "object", "dynamic": True},
            "s": {"type": "object", "dynamic": True},
        },
    }


def document(chunk: IndexedChunk, vector: Sequence[float], metric: Metric) -> dict[str, Any]:
    return {
        "chunk_id": chunk.chunk_id,
        "document_id": chunk.document_id,
        "document": digest(chunk.document_id),
        "position": chunk.position,
        "text": chunk.text,
        "payload": chunk.payload.decode(),
        "words": " ".join(held(chunk.text)),
        "vector": indexed(vector, metric),
        "exact": b64encode(packed(vector)).decode(),
        **as_attributes(chunk.attributes),
    }


def as_attributes(attributes: Mapping[str, str | bool | float]) -> dict[str, Any]:
    """What is replaced when attributes change."""
    by_kind: dict[str, dict[str, Any]] = {"n": {}, "s": {}, "b": {}}
    for name, value in attributes.items():
        by_kind[kind_of(value)][plain(name)] = as_scalar(value)
    facts = [fact(name, value) for name, value in attributes.items()]
    given = msgspec.json.encode(attributes).decode()
    return {"attributes": given, "facts": facts, "n": by_kind["n"], "s": by_kind["s"]}


def chunk_of(source: Mapping[str, Any]) -> IndexedChunk:
    return IndexedChunk(
        chunk_id=source["chunk_id"],
        document_id=source["document_id"],
        position=source["position"],
        text=source["text"],
        attributes=msgspec.json.decode(source["attributes"]),
        payload=source["payload"].encode(),
    )


def vector_of(source: Mapping[str, Any]) -> bytes:
    return b64decode(source["exact"])


def indexed(vector: Sequence[float], metric: Metric) -> list[float]:
    length = math.hypot(*vector) if metric == "cosine" else 1.0
    return [number / length for number in vector] if length else list(vector)


def similarity(one: Sequence[float], source: Mapping[str, Any], metric: Metric) -> float:
    """The score of a document, from its own vector: Elasticsearch's are squeezed into positive numbers."""
    other = floats(vector_of(source))
    if metric == "l2":
        return -math.dist(one, other)
    pairs = zip(indexed(one, metric), indexed(other, metric), strict=True)
    return math.fsum(a * b for a, b in pairs)


def as_query(rule: Comparison | Compound | None) -> Query | None:
    return translate(rule, _leaf, _JOIN)


_JOIN: Mapping[str, Callable[[list[Query]], Query]] = {
    "and": lambda parts: {"bool": {"filter": parts}},
    "or": lambda parts: {"bool": {"should": parts, "minimum_should_match": 1}},
}
_NEVER: Query = {"match_none": {}}
_ORDERS = ("gt", "gte", "lt", "lte")


def _leaf(rule: Comparison) -> Query | None:
    if rule.type in _ORDERS:
        value = rule.values[0]
        kind = kind_of(value)
        return _NEVER if kind == "b" else {"range": {f"{kind}.{plain(rule.key)}": {rule.type: as_scalar(value)}}}
    equal: Query = {"terms": {"facts": [fact(rule.key, value) for value in rule.values]}}
    return equal if rule.type in ("eq", "in") else {"bool": {"must_not": [equal]}}
