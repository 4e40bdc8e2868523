"""A double of Elasticsearch: the part of its REST API that vector stores use, with its documented semantics.

Strict where the real one is: mappings decide what is indexed and how, vectors have the mapped length, unknown queries
are refused, and a search sees what was refreshed, not what was written.
"""

import json
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.support.json_service import Call, Refused, json_service

__all__ = ("elasticsearch",)

Source = dict[str, Any]
ALL = {"match_all": {}}


@asynccontextmanager
async def elasticsearch() -> AsyncIterator[str]:
    """The URL of a server that is empty."""
    with json_service(Server()) as url:
        yield url


def refused(status: int, kind: str, reason: str) -> Refused:
    error = {"root_cause": [{"type": kind, "reason": reason}], "type": kind, "reason": reason}
    return Refused(status, {"error": error, "status": status})


@dataclass
class Index:
    mappings: Source
    written: dict[str, Source] = field(default_factory=dict)
    seen: dict[str, Source] = field(default_factory=dict)  # by searches

    def put(self, name: str, source: Source) -> None:
        properties = self.mappings["properties"]
        for key, value in source.items():
            if properties.get(key, {}).get("type") == "dense_vector":
                self.check(properties[key], key, value)
        self.written[name] = json.loads(json.dumps(source))

    def check(self, mapped: Source, key: str, vector: list[float]) -> None:
        if len(vector) != mapped["dims"]:
            reason = f"The [dense_vector] field [{key}] has a different number of dimensions than in the mapping"
            raise refused(400, "document_parsing_exception", reason)
        if mapped["similarity"] == "cosine" and not any(vector):
            reason = "The [cosine] similarity does not support vectors with zero magnitude."
            raise refused(400, "document_parsing_exception", reason)

    def refresh(self) -> None:
        self.seen = dict(self.written)

    def type_of(self, path: str) -> Source:
        """How a field is mapped; a field that is not can be found by nothing."""
        if mapped := self.mappings["properties"].get(path):
            return dict(mapped)
        head = path.partition(".")[0]
        if self.mappings["properties"].get(head, {}).get("dynamic") is True:
            for template in self.mappings["dynamic_templates"]:
                (rule,) = template.values()
                if fnmatchcase(path, rule["path_match"]):
                    return dict(rule["mapping"])
        return {"type": None}

    def values(self, source: Source, path: str) -> list[Any]:
        mapped, found = self.type_of(path), source
        for part in path.split(".", 1):
            found = found.get(part, []) if isinstance(found, dict) else []
        every = found if isinstance(found, list) else [found]
        kinds: dict[str | None, tuple[type, ...]] = {"keyword": (str,), "double": (int, float), "long": (int,)}
        longest = mapped.get("ignore_above", 10**9)
        return [v for v in every if isinstance(v, kinds.get(mapped["type"], ())) and len(str(v)) <= longest]

    def fits(self, query: Source, name: str, source: Source) -> bool:
        ((kind, body),) = query.items()
        if kind not in _QUERIES:
            raise refused(400, "parsing_exception", f"unknown query [{kind}]")
        return _QUERIES[kind](self, body, name, source)

    def matching(self, query: Source) -> dict[str, Source]:
        return {name: source for name, source in self.seen.items() if self.fits(query, name, source)}


def _bool(index: Index, body: Source, name: str, source: Source) -> bool:
    def every(kind: str) -> list[bool]:
        parts = body.get(kind, [])
        return [index.fits(part, name, source) for part in (parts if isinstance(parts, list) else [parts])]

    assert body.keys() <= {"must", "filter", "must_not", "should", "minimum_should_match"}
    enough = sum(every("should")) >= body.get("minimum_should_match", 0 if body.keys() & {"must", "filter"} else 1)
    return (
        all(every("must")) and all(every("filter")) and not any(every("must_not")) and (enough or "should" not in body)
    )


def _terms(index: Index, body: Source, name: str, source: Source) -> bool:
    ((path, wanted),) = body.items()
    return bool(set(index.values(source, path)) & set(wanted))


def _term(index: Index, body: Source, name: str, source: Source) -> bool:
    ((path, wanted),) = body.items()
    return wanted in index.values(source, path)


def _range(index: Index, body: Source, name: str, source: Source) -> bool:
    """Keywords are ordered by their bytes."""
    ((path, bounds),) = body.items()
    text = index.type_of(path)["type"] == "keyword"
    compare: dict[str, Callable[[Any, Any], bool]] = {
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
    }
    every = [value.encode() if text else value for value in index.values(source, path)]
    wanted = {how: str(bound).encode() if text else bound for how, bound in bounds.items()}
    return any(all(compare[how](value, bound) for how, bound in wanted.items()) for value in every)


def _match(index: Index, body: Source, name: str, source: Source) -> bool:
    ((path, asked),) = body.items()
    assert index.type_of(path) == {"type": "text", "analyzer": "whitespace"}
    assert asked["operator"] == "or"
    return bool(set(asked["query"].split()) & set(source.get(path, "").split()))


_QUERIES: dict[str, Callable[[Index, Source, str, Source], bool]] = {
    "bool": _bool,
    "ids": lambda index, body, name, source: name in body["values"],
    "match": _match,
    "match_all": lambda *_: True,
    "match_none": lambda *_: False,
    "range": _range,
    "term": _term,
    "terms": _terms,
}


class Server:
    def __init__(self) -> None:
        self.indexes: dict[str, Index] = {}

    def __call__(self, call: Call) -> Any:
        match call.method, call.path:
            case "GET", [""]:
                return {"version": {"number": "8.19.0"}, "tagline": "You Know, for Search"}
            case "GET", [pattern, "_mapping"] if "*" in pattern:
                found = {name: index for name, index in self.indexes.items() if fnmatchcase(name, pattern)}
                return {name: {"mappings": index.mappings} for name, index in found.items()}
            case "PUT", [name]:
                return self.create(name, call.json)
            case _, [name, *rest]:
                return self.within(name, call, rest)
        raise refused(400, "illegal_argument_exception", "no handler found")

    def create(self, name: str, body: Source) -> Any:
        if name in self.indexes:
            reason = f"index [{name}/x] already exists"
            raise refused(400, "resource_already_exists_exception", reason)
        assert name == name.lower()
        self.indexes[name] = Index(body["mappings"])
        return {"acknowledged": True, "shards_acknowledged": True, "index": name}

    def within(self, name: str, call: Call, rest: list[str]) -> Any:
        if name not in self.indexes:
            raise refused(404, "index_not_found_exception", f"no such index [{name}]")
        index = self.indexes[name]
        if (call.method, rest) == ("DELETE", []):
            del self.indexes[name]
            return {"acknowledged": True}
        if (call.method, rest) == ("GET", ["_mapping"]):
            return {name: {"mappings": index.mappings}}
        answer = getattr(self, rest[0].removeprefix("_"))(index, call)
        if call.query.get("refresh") == "true":
            index.refresh()
        return answer

    def bulk(self, index: Index, call: Call) -> Any:
        assert call.body.endswith(b"\n")
        lines = [json.loads(line) for line in call.body.splitlines()]
        items = []
        for action, source in zip(lines[::2], lines[1::2], strict=True):
            try:
                index.put(action["index"]["_id"], source)
                items.append({"index": {"_id": action["index"]["_id"], "status": 201}})
            except Refused as refusal:
                error = refusal.body["error"]
                items.append({"index": {"_id": action["index"]["_id"], "status": 400, "error": error}})
        return {"errors": any("error" in item["index"] for item in items), "items": items}

    def mget(self, index: Index, call: Call) -> Any:
        kept = call.query["_source_includes"].split(",")
        found = {name: index.written.get(name) for name in call.json["ids"]}
        return {
            "docs": [
                {
                    "_id": name,
                    "found": source is not None,
                    "_source": {key: source[key] for key in kept} if source else {},
                }
                for name, source in found.items()
            ]
        }

    def count(self, index: Index, call: Call) -> Any:
        return {"count": len(index.matching(call.json.get("query", ALL)))}

    def delete_by_query(self, index: Index, call: Call) -> Any:
        found = index.matching(call.json["query"])
        for name in found:
            index.written.pop(name, None)
        return {"deleted": len(found)}

    def update_by_query(self, index: Index, call: Call) -> Any:
        script = call.json["script"]
        assert script["source"] == "ctx._source.putAll(params.changed)"
        found = index.matching(call.json["query"])
        for name, source in found.items():
            index.put(name, source | script["params"]["changed"])
        return {"updated": len(found)}

    def search(self, index: Index, call: Call) -> Any:
        body = call.json
        if body["size"] > 10_000:
            raise refused(400, "illegal_argument_exception", "Result window is too large")
        scored = _near(index, body["knn"]) if "knn" in body else _scored(index, body["query"])
        for key in reversed([next(iter(each)) for each in body.get("sort", [])]):
            scored.sort(key=lambda each: index.seen[each[0]][key])
        hidden = body["_source"]["excludes"]
        hits = [
            {"_id": name, "_score": score, "_source": {k: v for k, v in index.seen[name].items() if k not in hidden}}
            for name, score in scored[: body["size"]]
        ]
        return {"hits": {"total": {"value": len(scored), "relation": "eq"}, "hits": hits}}


def _near(index: Index, knn: Source) -> list[tuple[str, float]]:
    mapped = index.type_of(knn["field"])
    if knn["k"] > knn["num_candidates"] or knn["num_candidates"] > 10_000:
        raise refused(400, "illegal_argument_exception", "[num_candidates] cannot be less than [k], or exceed [10000]")
    index.check(mapped, knn["field"], knn["query_vector"])
    found = index.matching(knn.get("filter", ALL))
    score = _SIMILARITIES[mapped["similarity"]]
    scored = [(name, score(knn["query_vector"], source[knn["field"]])) for name, source in found.items()]
    return sorted(scored, key=lambda each: -each[1])[: knn["k"]]


def _inner(one: list[float], other: list[float]) -> float:
    product = math.fsum(a * b for a, b in zip(one, other, strict=True))
    return 1 / (1 - product) if product < 0 else product + 1


_SIMILARITIES: dict[str, Callable[[list[float], list[float]], float]] = {
    "max_inner_product": _inner,
    "l2_norm": lambda one, other: 1 / (1 + math.dist(one, other) ** 2),
}


def _scored(index: Index, query: Source) -> list[tuple[str, float]]:
    """BM25 over the words of a `match` that is directly in a `bool`'s `must`; filters score nothing."""
    found = index.matching(query)
    (asked,) = query.get("bool", {}).get("must", [{}])
    if "match" not in asked:
        return [(name, 0.0) for name in found]
    ((path, match),) = asked["match"].items()
    texts = {name: Counter(source.get(path, "").split()) for name, source in index.seen.items()}
    mean = sum(text.total() for text in texts.values()) / len(texts) if texts else 1.0

    def share(word: str, text: Counter[str]) -> float:
        holding = sum(word in each for each in texts.values())
        rarity = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        return rarity * text[word] / (text[word] + 1.2 * (1 - 0.75 + 0.75 * text.total() / mean))

    asked_for = match["query"].split()
    scored = [(name, sum(share(word, texts[name]) for word in asked_for)) for name in found]
    return sorted(scored, key=lambda each: -each[1])
