"""Which sets of attributes fit a filter, for many sets at once.

Chunks of a document share their attributes, so what is kept is each different set, once. A set is a row of a table with
a column for each key; a column knows the different values it has, and a comparison is asked of those.
"""

import json
from collections.abc import Callable, Sequence
from operator import ge, gt, le, lt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....apis.vector_io.filters import Comparison, Compound
from .growing import Growing

__all__ = ("AttributeSets",)

_ORDERS: dict[str, Callable[[Any, Any], Any]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
Mask = NDArray[np.bool_]


class AttributeSets:
    """Sets of attributes by number. They are only ever added, so that others may read meanwhile."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # JSON → number
        self._columns: dict[str, _Column] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, texts: Sequence[str]) -> NDArray[np.int32]:
        """The numbers of sets, given as JSON; new ones are added."""
        return np.array([self._number(text) for text in texts], np.int32)

    def _number(self, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            number = len(self._numbers)
            for key, value in json.loads(text).items():
                self._columns.setdefault(key, _Column()).put(number, value)
            self._numbers[text] = number
        return number

    def fitting(self, rule: Comparison | Compound, count: int) -> Mask:
        """For each of the first `count` sets, whether it fits; agrees with `matches()`."""
        if isinstance(rule, Compound):
            parts = np.array([self.fitting(each, count) for each in rule.filters])
            return np.asarray(parts.all(axis=0) if rule.type == "and" else parts.any(axis=0), np.bool_)
        column = self._columns.get(rule.key) or _Column()
        if rule.type in _ORDERS:
            return column.ordered(_ORDERS[rule.type], rule.values[0], count)
        equal = column.equal(rule.values, count)
        return ~equal if rule.type in ("ne", "nin") else equal


class _Column:
    """The values of one key: for each set the number of its value, -1 where it has none."""

    def __init__(self) -> None:
        self._codes = Growing(np.int32)
        self._values: dict[tuple[bool, object], int] = {}  # whether it is a boolean, and the value → its number

    def put(self, number: int, value: object) -> None:
        code = self._values.setdefault(_typed(value), len(self._values))
        missing = np.full(number - len(self._codes.view), -1, np.int32)
        self._codes.append(np.append(missing, np.int32(code)))

    def equal(self, values: Sequence[object], count: int) -> Mask:
        wanted = [self._values.get(_typed(value), -2) for value in values]
        codes = self._first(count)
        return codes == wanted[0] if len(wanted) == 1 else np.isin(codes, np.array(wanted, np.int32))

    def ordered(self, holds: Callable[[Any, Any], Any], value: object, count: int) -> Mask:
        if isinstance(value, bool):
            return np.zeros(count, np.bool_)
        kind = str if isinstance(value, str) else (int, float)
        known = list(self._values)
        fits = [not boolean and isinstance(each, kind) and holds(each, value) for boolean, each in known]
        return np.array([*fits, False], np.bool_)[self._first(count)]  # -1 is the last

    def _first(self, count: int) -> NDArray[np.int32]:
        codes = self._codes.view[:count]
        return codes if len(codes) == count else np.append(codes, np.full(count - len(codes), -1, np.int32))


def _typed(value: object) -> tuple[bool, object]:
    """True and 1 are equal for Python, and not for filters."""
    return isinstance(value, bool), value
