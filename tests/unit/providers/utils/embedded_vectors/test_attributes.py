"""Filters over many sets of attributes at once mean what `matches()` means."""

import json
import random
from typing import Any

import pytest

from llama_stack.apis.vector_io.filters import Comparison, Compound, matches
from llama_stack.providers.utils.embedded_vectors.attributes import AttributeSets

VALUES: list[Any] = ["", "a", "b", "10", "é", "😀", 0, 1, 2, -1, 0.5, 2**53, 2**53 + 1, 1e300, -1e-300, True, False]
OPERATORS = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")


def comparison(dice: random.Random) -> Comparison:
    operator = dice.choice(OPERATORS)
    value = dice.sample(VALUES, dice.randint(0, 4)) if operator in ("in", "nin") else dice.choice(VALUES)
    return Comparison(type=operator, key=dice.choice("abc"), value=value)


def rule(dice: random.Random, depth: int = 2) -> Comparison | Compound:
    if depth == 0 or dice.random() < 0.5:
        return comparison(dice)
    return Compound(type=dice.choice(["and", "or"]), filters=[rule(dice, depth - 1) for _ in range(dice.randint(1, 3))])


@pytest.mark.parametrize("seed", range(30))
def test_they_agree_whatever_the_attributes(seed: int) -> None:
    dice, sets = random.Random(seed), AttributeSets()
    given = [{key: dice.choice(VALUES) for key in "abc" if dice.random() < 0.6} for _ in range(60)]
    numbers = [number for part in (given[:20], given[20:]) for number in sets.numbers([json.dumps(g) for g in part])]
    for _ in range(40):
        wanted = rule(dice)
        fitting = sets.fitting(wanted, len(sets))
        assert [bool(fitting[number]) for number in numbers] == [matches(wanted, each) for each in given], wanted


def test_equal_sets_are_kept_once() -> None:
    sets = AttributeSets()
    assert sets.numbers(['{"a":1}', "{}", '{"a":1}']).tolist() == [0, 1, 0]
    assert sets.numbers(["{}", '{"a":2}']).tolist() == [1, 2]
    assert len(sets) == 3
    assert sets.fitting(Comparison(type="eq", key="a", value=1), 2).tolist() == [True, False]
