"""Check data against a model, and say what is wrong in the words of whoever wrote it."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import ErrorDetails

from .source import Path, Source

__all__ = ("did_you_mean", "validate")

M = TypeVar("M", bound=BaseModel)
_WORDS = {
    "dict_type": "should be a mapping",
    "list_type": "should be a list",
    "model_attributes_type": "should be a mapping",
    "model_type": "should be a mapping",
}
_UNION = ("union_tag_not_found", "union_tag_invalid")


def validate(model: type[M], source: Source, path: Path = ()) -> M | None:
    """The model of the data at `path`; None when mistakes were noted."""
    data = source.get(path)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = [(_real_path(details, data), details) for details in error.errors(include_url=False)]
        for below, details in found:
            if any(len(other) > len(below) and other[: len(below)] == below for other, _ in found):
                continue  # another branch of a union; the mistake within says more
            if source.has_mistake((*path, *below)):
                continue
            message = _message(details, model, below, data)
            source.add_mistake((*path, *below), message, at_key=details["type"] == "extra_forbidden")
        return None


def did_you_mean(word: str, known: Iterable[str], *, what: str = "known") -> str:
    """`; did you mean 'x'?`, or the known words when none is near."""
    words = sorted(known)
    if same := [other for other in words if other.rpartition("::")[2] == word.rpartition("::")[2]]:
        return f"; did you mean {' or '.join(map(repr, same))}?"
    by_fold = {other.casefold(): other for other in words}
    if near := difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6):
        return f"; did you mean {by_fold[near[0]]!r}?"
    return f"; {what}: {', '.join(words) or 'none'}"


def _real_path(details: ErrorDetails, data: Any) -> Path:
    """The path of a mistake without the names of union branches that pydantic puts in between."""
    path: list[str | int] = []
    for part in details["loc"]:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            continue
        path.append(part)
    if details["type"] == "missing":
        path.append(details["loc"][-1])
    if details["type"] in _UNION:
        path.append(details["ctx"]["discriminator"].strip("'"))
    return tuple(path)


def _message(details: ErrorDetails, model: type[BaseModel], path: Path, data: Any) -> str:
    match details["type"]:
        case "extra_forbidden":
            return "unknown key" + did_you_mean(str(path[-1]), _keys_at(model, path[:-1], data))
        case "missing" | "union_tag_not_found":
            return "required key is missing"
        case "union_tag_invalid":
            known = re.findall(r"'([^']*)'", details["ctx"]["expected_tags"])
            return f"unknown {path[-1]}" + did_you_mean(str(details["ctx"]["tag"]), known)
        case "string_type" if isinstance(details["input"], int | float):
            return "should be text; put it in quotes"
        case "literal_error" | "enum":
            known = re.findall(r"'([^']*)'", str(details["ctx"]["expected"]))
            if known and isinstance(details["input"], str):
                return "unknown value" + did_you_mean(details["input"], known)
    text = _WORDS.get(details["type"], details["msg"])
    text = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = text.removeprefix("Input ")
    text = text[:1].lower() + text[1:]
    return f"{text}, but it is empty" if details["input"] is None else text


def _keys_at(model: type[BaseModel], path: Path, data: Any) -> set[str]:
    """The keys that the model allows at `path`."""
    try:
        schema = model.model_json_schema()
    except PydanticInvalidForJsonSchema:  # a type that JSON knows nothing of
        return set()
    definitions = schema.get("$defs", {})
    nodes = list(_branches(schema, definitions, data))
    for part in path:
        data = data[part]
        below = [child for node in nodes for child in _children(node, part)]
        nodes = [branch for child in below for branch in _branches(child, definitions, data)]
    return {key for node in nodes for key in node.get("properties", {})}


def _branches(node: dict[str, Any], definitions: dict[str, Any], data: Any) -> Iterator[dict[str, Any]]:
    """The object schemas that may describe `data`: references followed, unions taken apart by their tag."""
    if "$ref" in node:
        yield from _branches(definitions[node["$ref"].rpartition("/")[2]], definitions, data)
        return
    choices = node.get("oneOf") or node.get("anyOf") or node.get("allOf") or ()
    if (tag := node.get("discriminator")) and isinstance(data, Mapping):
        reference = tag["mapping"].get(data.get(tag["propertyName"]))
        choices = ({"$ref": reference},) if reference else choices
    for choice in choices:
        yield from _branches(choice, definitions, data)
    yield node


def _children(node: dict[str, Any], part: str | int) -> Iterator[dict[str, Any]]:
    child = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    other = node.get("additionalProperties")
    if isinstance(child, dict):
        yield child
    elif isinstance(other, dict) and isinstance(part, str):
        yield other
