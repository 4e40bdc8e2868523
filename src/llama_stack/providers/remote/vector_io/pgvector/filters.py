"""A filter as SQL over the column `attributes`, which agrees with `matches()`.

Equality is JSONB's containment, which tells text, numbers and booleans apart as the filters do, and which the index
over the attributes answers.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from .....apis.vector_io.filters import Comparison, Compound

__all__ = ("Bind", "condition")

Bind = Callable[[Any], str]  # takes a value and gives the parameter that stands for it: $3

_ORDERS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def condition(rule: Comparison | Compound | None, bind: Bind) -> str:
    """What a row has to fulfil; never NULL, so that it can be negated."""
    if rule is None:
        return "TRUE"
    if isinstance(rule, Compound):
        return f"({f' {rule.type.upper()} '.join(condition(each, bind) for each in rule.filters)})"
    if rule.type in _ORDERS:
        return _ordered(rule.key, rule.values[0], _ORDERS[rule.type], bind)
    equal = " OR ".join(_contains(rule.key, value, bind) for value in rule.values) or "FALSE"
    return f"NOT ({equal})" if rule.type in ("ne", "nin") else f"({equal})"


def _contains(key: str, value: object, bind: Bind) -> str:
    return f"attributes @> {bind(_json({key: value}))}::jsonb"


def _ordered(key: str, value: object, operator: str, bind: Bind) -> str:
    if isinstance(value, bool):
        return "FALSE"
    name = f"{bind(key)}::text"
    if isinstance(value, str):
        found, kind, wanted = f'(attributes ->> {name}) COLLATE "C"', "string", f"{bind(value)}::text"
    else:
        found, kind, wanted = f"attributes -> {name}", "number", f"{bind(_json(value))}::jsonb"
    return f"COALESCE(jsonb_typeof(attributes -> {name}) = '{kind}' AND {found} {operator} {wanted}, FALSE)"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
