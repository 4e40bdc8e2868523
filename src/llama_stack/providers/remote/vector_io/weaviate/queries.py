"""What is asked of Weaviate: its GraphQL as text, and conditions in the two ways it wants them."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from .....apis.vector_io.filters import Comparison, Compound
from ....utils.vectors.filters import digest, fact, kind_of, translate
from .documents import has, number, number_name, uuid_of

__all__ = ("Where", "Word", "as_where", "behind", "both", "get", "in_rest", "of_document", "other_state", "those")

Where = dict[str, Any]
_OPERATORS = {"gt": "GreaterThan", "gte": "GreaterThanEqual", "lt": "LessThan", "lte": "LessThanEqual"}


class Word(str):
    """What GraphQL has without quotes."""


def get(name: str, fields: str, **arguments: Any) -> str:
    given = ", ".join(f"{key}: {_literal(value)}" for key, value in arguments.items() if value is not None)
    return f"{{ Get {{ {name}({given}) {{ {fields} }} }} }}"


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return str(value) if isinstance(value, Word) else json.dumps(value, ensure_ascii=False)


# ---- conditions


def of_document(document_id: str) -> Where:
    return _condition("Equal", "document", "valueText", digest(document_id))


def behind(position: int) -> Where:
    return _condition("GreaterThan", "position", "valueInt", position)


def those(chunk_ids: Iterable[str]) -> Where:
    return _condition("ContainsAny", "id", "valueText", [uuid_of(name) for name in chunk_ids])


def other_state(state: str) -> Where:
    return _condition("NotEqual", "state", "valueText", state)


def both(*parts: Where) -> Where:
    return parts[0] if len(parts) == 1 else _joined("And", parts)


def in_rest(where: Where) -> Where:
    """The same for its REST API, where a list has another name than a value."""
    changed: Where = {}
    for key, value in where.items():
        if key == "operands":
            changed[key] = [in_rest(each) for each in value]
        elif key.startswith("value") and isinstance(value, list):
            changed[f"{key}Array"] = value
        else:
            changed[key] = str(value) if isinstance(value, Word) else value
    return changed


def _condition(operator: str, name: str, kind: str, value: Any) -> Where:
    return {"path": [name], "operator": Word(operator), kind: value}


def _joined(operator: str, parts: Sequence[Where]) -> Where:
    return {"operator": Word(operator), "operands": list(parts)}


_NEVER = _condition("Equal", "facts", "valueText", "none")  # facts are digests
_JOIN: Mapping[str, Callable[[list[Where]], Where]] = {
    "and": lambda parts: _joined("And", parts),
    "or": lambda parts: _joined("Or", parts),
}


def as_where(rule: Comparison | Compound | None, known: Collection[str]) -> Where | None:
    """A filter as far as every version of Weaviate has it. `known`: the collection's properties; it refuses others."""

    def leaf(each: Comparison) -> Where | None:
        if each.type in ("ne", "nin"):
            return None  # only newer versions have a `Not` of what is in a list
        return _ordered(each, known) if each.type in _OPERATORS else _any([fact(each.key, v) for v in each.values])

    return translate(rule, leaf, _JOIN)


def _any(facts: list[str]) -> Where:
    return _condition("ContainsAny", "facts", "valueText", facts) if facts else _NEVER


def _ordered(rule: Comparison, known: Collection[str]) -> Where:
    """Numbers by their property. Of texts only that there is one: Weaviate cuts the space around them."""
    value = rule.values[0]
    kind, name = kind_of(value), number_name(rule.key)
    if kind == "s":
        return _any([has(rule.key, kind)])
    if kind == "b" or name not in known:
        return _NEVER
    return _condition(_OPERATORS[rule.type], name, "valueNumber", number(float(value)))
