"""A double of Weaviate: the part of its REST API and its GraphQL that vector stores use, with its documented semantics.

Strict where the real one is: properties decide what can be asked for, filtered and searched, texts are cut as their
tokenization says, and an answer has no more objects than the limit of the server.
"""

import json
import math
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any
from uuid import UUID

from tests.support.json_service import Call, Refused, json_service

__all__ = ("weaviate",)

Item = dict[str, Any]
MOST = 10_000
NAME, PROPERTY = re.compile(r"[A-Z][_0-9A-Za-z]{0,254}"), re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,230}")
TYPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "text[]": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
    "int": lambda value: isinstance(value, int),
    "number": lambda value: isinstance(value, int | float),
}
VALUES = {"text": "valueText", "text[]": "valueText", "int": "valueInt", "number": "valueNumber"}
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equal": eq,
    "NotEqual": ne,
    "GreaterThan": gt,
    "GreaterThanEqual": ge,
    "LessThan": lt,
    "LessThanEqual": le,
}


@asynccontextmanager
async def weaviate() -> AsyncIterator[str]:
    """The URL of a server that is empty."""
    with json_service(Server()) as url:
        yield url


def refused(status: int, message: str) -> Refused:
    return Refused(status, {"error": [{"message": message}]})


# ---- GraphQL

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)|([_A-Za-z]\w*)|([{}()\[\]:])|,)', re.DOTALL)


class Graphql:
    """Reads `{ Get { Name(argument: value, …) { field … } } }` as nested names with their arguments."""

    def __init__(self, text: str) -> None:
        self.tokens = [match.group(match.lastindex) for match in TOKEN.finditer(text) if match.lastindex]

    def take(self) -> str:
        return str(self.tokens.pop(0))

    def selection(self) -> dict[str, tuple[Item, Any]]:
        assert self.take() == "{"
        found: dict[str, tuple[Item, Any]] = {}
        while (name := self.take()) != "}":
            arguments = self.value("(") if self.tokens[0] == "(" else {}
            found[name] = arguments, self.selection() if self.tokens[0] == "{" else None
        return found

    def value(self, first: str | None = None) -> Any:
        token = self.take()
        if token in ("{", first):
            made = {}
            while (name := self.take()) not in ("}", ")"):
                assert self.take() == ":"
                made[name] = self.value()
            return made
        if token == "[":
            items = []
            while self.tokens[0] != "]":
                items.append(self.value())
            self.take()
            return items
        return json.loads(token) if token[0] in '"-0123456789' else token


# ---- collections


@dataclass
class Collection:
    schema: Item
    objects: dict[str, Item] = field(default_factory=dict)

    @property
    def properties(self) -> dict[str, Item]:
        return {each["name"]: each for each in self.schema["properties"]}

    def add(self, made: Item) -> None:
        if not PROPERTY.fullmatch(made["name"]) or made["name"] in ("id", "_id", "_additional"):
            raise refused(422, f"'{made['name']}' is not a valid property name")
        if made["name"] in self.properties:
            raise refused(422, f'property "{made["name"]}" already exists for class "{self.schema["class"]}"')
        self.schema["properties"].append(made)

    def put(self, made: Item) -> None:
        for name, value in made["properties"].items():
            kind = self.properties[name]["dataType"][0] if name in self.properties else None
            if kind is None or not TYPES[kind](value):
                raise refused(422, f"invalid property '{name}' on class '{self.schema['class']}'")
        others = [each["vector"] for each in self.objects.values()]
        if others and len(others[0]) != len(made["vector"]):
            raise refused(422, f"new node has a vector with length {len(made['vector'])}")
        self.objects[str(UUID(made["id"]))] = made

    def fits(self, where: Item, name: str) -> bool:
        if (operator := where["operator"]) in ("And", "Or"):
            return (all if operator == "And" else any)([self.fits(each, name) for each in where["operands"]])
        (path,) = where["path"]
        (kind,) = where.keys() - {"path", "operator"}
        if path == "id":
            assert (operator, kind) == ("ContainsAny", "valueText")
            return name in where[kind]
        return self.holds(path, operator, kind, where[kind], self.objects[name]["properties"].get(path))

    def holds(self, path: str, operator: str, kind: str, wanted: Any, value: Any) -> bool:
        if (mapped := self.properties.get(path)) is None:
            raise refused(422, f"no such prop with name '{path}' found in class '{self.schema['class']}'")
        if not mapped.get("indexFilterable", True):
            raise refused(422, f"Filtering by property '{path}' requires inverted index")
        if kind != VALUES[mapped["dataType"][0]] or (operator == "ContainsAny") != isinstance(wanted, list):
            raise refused(422, f"data type filter cannot use {kind} on type {mapped['dataType'][0]}")
        every = [self.cut(mapped, each) for each in (value if isinstance(value, list) else [value]) if each is not None]
        if operator == "ContainsAny":
            assert wanted
            return any(self.cut(mapped, each) in every for each in wanted)
        return any(COMPARE[operator](each, self.cut(mapped, wanted)) for each in every)

    def cut(self, mapped: Item, value: Any) -> Any:
        assert mapped.get("tokenization", "field") == "field"
        return value.strip() if isinstance(value, str) else value

    def near(self, vector: list[float], names: list[str]) -> list[tuple[str, float]]:
        distance = DISTANCES[self.schema["vectorIndexConfig"]["distance"]]
        return sorted(((n, distance(vector, self.objects[n]["vector"])) for n in names), key=lambda each: each[1])

    def bm25(self, asked: Item, names: list[str]) -> list[tuple[str, float]]:
        query, (path,) = asked["query"], asked["properties"]
        mapped = self.properties[path]
        assert mapped["indexSearchable"]
        assert mapped["tokenization"] == "whitespace"
        assert self.schema["invertedIndexConfig"]["stopwords"] == {"preset": "none"}
        texts = {name: Counter(each["properties"][path].split()) for name, each in self.objects.items()}
        mean = sum(text.total() for text in texts.values()) / max(len(texts), 1)

        def share(word: str, text: Counter[str]) -> float:
            holding = sum(word in each for each in texts.values())
            rarity = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            return rarity * text[word] / (text[word] + 1.2 * (1 - 0.75 + 0.75 * text.total() / mean))

        holding = [name for name in names if any(word in texts[name] for word in query.split())]
        scored = [(name, sum(share(word, texts[name]) for word in query.split())) for name in holding]
        return sorted(scored, key=lambda each: -each[1])


DISTANCES: dict[str, Callable[[list[float], list[float]], float]] = {
    "dot": lambda one, other: -math.fsum(a * b for a, b in zip(one, other, strict=True)),
    "l2-squared": lambda one, other: math.dist(one, other) ** 2,
}


class Server:
    def __init__(self) -> None:
        self.collections: dict[str, Collection] = {}

    def __call__(self, call: Call) -> Any:
        match call.method, call.path:
            case "GET", ["v1", "meta"]:
                return {"hostname": "http://[::]:8080", "version": "1.30.0", "modules": {}}
            case "GET", ["v1", "schema"]:
                return {"classes": [each.schema for each in self.collections.values()]}
            case "POST", ["v1", "schema"]:
                return self.create(call.json)
            case "DELETE", ["v1", "schema", name]:
                self.collections.pop(name, None)
                return None
            case "GET", ["v1", "schema", name] if name not in self.collections:
                raise Refused(404, None)
            case "GET", ["v1", "schema", name]:
                return self.collections[name].schema
            case "POST", ["v1", "schema", name, "properties"]:
                return self.collections[name].add(call.json)
            case "POST", ["v1", "batch", "objects"]:
                return [self.put(each) for each in call.json["objects"]]
            case "PATCH", ["v1", "objects", name, uuid]:
                return self.merge(self.collections[name], uuid, call.json["properties"])
            case "DELETE", ["v1", "batch", "objects"]:
                return self.delete(call.json["match"])
            case "POST", ["v1", "graphql"]:
                return self.graphql(call.json["query"])
        raise Refused(404, {"code": 404, "message": f"path {call.path} was not found"})

    def create(self, schema: Item) -> Any:
        name = schema["class"]
        if not NAME.fullmatch(name):
            raise refused(422, f"'{name}' is not a valid class name")
        if name.lower() in map(str.lower, self.collections):
            raise refused(422, f"class name {name} already exists")
        made = Collection({**schema, "properties": []})
        for each in schema["properties"]:
            made.add(each)
        self.collections[name] = made
        return made.schema

    def put(self, made: Item) -> Any:
        try:
            self.collections[made["class"]].put(made)
        except Refused as refusal:
            return {**made, "result": {"status": "FAILED", "errors": refusal.body}}
        return {**made, "result": {"status": "SUCCESS"}}

    def merge(self, held: Collection, uuid: str, changed: Item) -> Any:
        if uuid not in held.objects:
            raise Refused(404, None)
        old = held.objects[uuid]
        merged = {key: value for key, value in (old["properties"] | changed).items() if value is not None}
        return held.put({**old, "properties": merged})

    def delete(self, match: Item) -> Any:
        held, where = self.collections[match["class"]], in_graphql(match["where"])
        found = [name for name in held.objects if held.fits(where, name)]
        for name in found[:MOST]:
            del held.objects[name]
        counts = {"matches": len(found), "limit": MOST, "successful": len(found[:MOST]), "failed": 0}
        return {"match": match, "output": "minimal", "results": {**counts, "objects": None}}

    def graphql(self, query: str) -> Any:
        ((kind, (_, asked)),) = Graphql(query).selection().items()
        ((name, (arguments, fields)),) = asked.items()
        try:
            if name not in self.collections:
                raise refused(422, f'Cannot query field "{name}" on type "{kind}ObjectsObj".')
            return {"data": {kind: {name: getattr(self, kind.lower())(self.collections[name], arguments, fields)}}}
        except Refused as refusal:
            return {"data": {kind: {name: None}}, "errors": refusal.body["error"]}

    def aggregate(self, held: Collection, arguments: Item, fields: Item) -> Any:
        assert fields == {"meta": ({}, {"count": ({}, None)})}
        return [{"meta": {"count": len(held.objects)}}]

    def get(self, held: Collection, arguments: Item, fields: Item) -> Any:
        assert arguments.keys() <= {"where", "limit", "nearVector", "bm25", "sort"}
        if arguments["limit"] > MOST:
            raise refused(422, "query maximum results exceeded")
        names = [name for name in held.objects if "where" not in arguments or held.fits(arguments["where"], name)]
        scored = [(name, 0.0) for name in sorted(names)]
        if "nearVector" in arguments:
            scored = held.near(arguments["nearVector"]["vector"], names)
        elif "bm25" in arguments:
            scored = held.bm25(arguments["bm25"], names)
        for each in arguments.get("sort", []):
            assert each["order"] == "asc"
            scored.sort(key=lambda one: held.objects[one[0]]["properties"][each["path"][0]])
        return [shown(held, name, score, fields) for name, score in scored[: arguments["limit"]]]


def in_graphql(where: Item) -> Item:
    """REST has a list's values under a name of their own."""
    if "operands" in where:
        return {**where, "operands": [in_graphql(each) for each in where["operands"]]}
    for key in where:
        assert isinstance(where[key], list) == (key.endswith("Array") or key == "path")
    return {key.removesuffix("Array"): value for key, value in where.items()}


def shown(held: Collection, name: str, score: float, fields: Item) -> Item:
    wanted = [each for each in fields if each != "_additional"]
    assert set(wanted) <= held.properties.keys()
    answer = {each: held.objects[name]["properties"].get(each) for each in wanted}
    return {**answer, "_additional": {"id": name, "score": str(score)}} if "_additional" in fields else answer
