"""What a filter over attributes means."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from llama_stack.apis.vector_io.filters import Filter, matches

RULE: TypeAdapter[Any] = TypeAdapter(Filter)
FILE = {"year": 2024, "lang": "en", "draft": False, "score": 0.5, "one": 1}


def fits(**rule: Any) -> bool:
    return matches(RULE.validate_python(rule), FILE)


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("eq", "year", 2024, True),
        ("eq", "year", 2024.0, True),
        ("eq", "year", "2024", False),
        ("eq", "draft", False, True),
        ("eq", "draft", 0, False),
        ("eq", "one", True, False),
        ("eq", "absent", "x", False),
        ("ne", "year", 2023, True),
        ("ne", "year", 2024, False),
        ("ne", "year", "2024", True),
        ("ne", "absent", "x", True),
        ("gt", "year", 2023, True),
        ("gt", "year", 2024, False),
        ("gte", "year", 2024, True),
        ("lt", "score", 0.6, True),
        ("lte", "score", 0.5, True),
        ("gt", "lang", "de", True),
        ("gt", "lang", 3, False),
        ("lt", "absent", 3, False),
        ("gt", "draft", False, False),
        ("gte", "draft", False, False),
        ("in", "lang", ["de", "en"], True),
        ("in", "lang", [], False),
        ("in", "year", ["2024", 2024], True),
        ("nin", "lang", ["de"], True),
        ("nin", "lang", ["en"], False),
        ("nin", "absent", ["en"], True),
    ],
)
def test_a_comparison(operator: str, key: str, value: Any, expected: bool) -> None:
    assert fits(type=operator, key=key, value=value) is expected


def test_compounds_nest() -> None:
    old = {"type": "lt", "key": "year", "value": 2000}
    english = {"type": "eq", "key": "lang", "value": "en"}
    assert fits(type="or", filters=[old, english])
    assert not fits(type="and", filters=[old, english])
    assert fits(type="and", filters=[english, {"type": "or", "filters": [old, english]}])


def test_no_filter_fits_all() -> None:
    assert matches(None, {})


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"type": "like", "key": "a", "value": "b"}, "'eq', 'ne', 'gt'"),
        ({"type": "in", "key": "a", "value": "b"}, "in takes a list of values"),
        ({"type": "eq", "key": "a", "value": ["b"]}, "eq takes one value"),
        ({"type": "eq", "value": "b"}, "Field required"),
        ({"type": "and", "filters": []}, "at least 1 item"),
        ({"type": "eq", "key": "a", "value": None}, "valid"),
        ("year > 3", "valid dictionary"),
    ],
)
def test_a_mistake_is_told(rule: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RULE.validate_python(rule)
