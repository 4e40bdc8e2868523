"""Filters over a file's attributes, in OpenAI's grammar, and what they mean.

A comparison with a key that is absent, or whose value is of another type, is false; `ne` and `nin` are then true.
Text, numbers and booleans are three types; `gt`, `gte`, `lt` and `lte` order text by code point.
"""

from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

__all__ = ("Comparison", "Compound", "Filter", "Scalar", "matches")

Scalar = Annotated[str | bool | int | float, Field(union_mode="smart")]
Operator = Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]


class Comparison(BaseModel):
    """One attribute against a value; `in` and `nin` take a list of values."""

    model_config = ConfigDict(extra="forbid")

    type: Operator
    key: str
    value: Scalar | list[Scalar]

    @model_validator(mode="after")
    def _takes_what_it_can_compare(self) -> Self:
        if isinstance(self.value, list) != (self.type in ("in", "nin")):
            wanted = "a list of values" if self.type in ("in", "nin") else "one value"
            raise ValueError(f"{self.type} takes {wanted}")
        return self

    @property
    def values(self) -> list[str | bool | float]:
        return self.value if isinstance(self.value, list) else [self.value]


class Compound(BaseModel):
    """All of several filters, or any of them."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["and", "or"]
    filters: list["Filter"] = Field(min_length=1)


def _kind(value: Any) -> str:
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    return "compound" if kind in ("and", "or") else "comparison"


Filter = Annotated[
    Annotated[Comparison, Tag("comparison")] | Annotated[Compound, Tag("compound")], Discriminator(_kind)
]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def matches(rule: Comparison | Compound | None, attributes: Mapping[str, str | bool | float]) -> bool:
    """Whether attributes fit a filter; None fits all. Backends that filter by themselves must agree with this."""
    if rule is None:
        return True
    if isinstance(rule, Compound):
        return (all if rule.type == "and" else any)(matches(each, attributes) for each in rule.filters)
    found = attributes.get(rule.key)
    if rule.type in ("ne", "nin"):
        return not any(_equal(found, value) for value in rule.values)
    if rule.type in ("eq", "in"):
        return any(_equal(found, value) for value in rule.values)
    value = rule.values[0]
    return _type(found) == _type(value) != "bool" and _ORDERS[rule.type](found, value)


def _equal(found: object, value: object) -> bool:
    return _type(found) == _type(value) and found == value


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float) else type(value).__name__
