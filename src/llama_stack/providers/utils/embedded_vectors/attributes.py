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
_HUGE = 2**53
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
        known, new = self._numbers, dict.fromkeys(text for text in texts if text not in self._numbers)
        cells: dict[str, list[tuple[int, object]]] = {}
        for number, text in enumerate(new, len(known)):
            for key, value in json.loads(text).items():
                cells.setdefault(key, []).append((number, value))
        for key, column in cells.items():
            self._columns.setdefault(key, _Column()).extend(column)
        known.update((text, number) for number, text in enumerate(new, len(known)))
        return np.array([known[text] for text in texts], np.int32)

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
        self._floats = Growing(np.float64)  # the values that are numbers; NaN for others
        self._exact = True  # none of the numbers is an integer that double precision rounds

    def extend(self, cells: Sequence[tuple[int, object]]) -> None:
        """Add sets by number, each with its value."""
        typed = [_typed(value) for _, value in cells]
        new = dict.fromkeys(value for value in typed if value not in self._values)
        self._floats.append(np.array([_float(value) for value in new], np.float64))
        self._exact = self._exact and not any(isinstance(v, int) and abs(v) > _HUGE for _, v in new)
        self._values.update((value, code) for code, value in enumerate(new, len(self._values)))
        first = len(self._codes.view)
        codes = np.full(cells[-1][0] + 1 - first, -1, np.int32)
        codes[[number - first for number, _ in cells]] = [self._values[value] for value in typed]
        self._codes.append(codes)

    def equal(self, values: Sequence[object], count: int) -> Mask:
        wanted = [self._values.get(_typed(value), -2) for value in values]
        codes = self._first(count)
        return codes == wanted[0] if len(wanted) == 1 else np.isin(codes, np.array(wanted, np.int32))

    def ordered(self, holds: Callable[[Any, Any], Any], value: object, count: int) -> Mask:
        if isinstance(value, bool):
            return np.zeros(count, np.bool_)
        if isinstance(value, str):
            fits = self._each(str, holds, value)
        elif self._exact and not (isinstance(value, int) and abs(value) > _HUGE):
            fits = holds(self._floats.view, value)
        else:
            fits = self._each((int, float), holds, value)
        return np.append(fits, False)[self._first(count)]  # -1 is the last

    def _each(self, kind: type | tuple[type, ...], holds: Callable[[Any, Any], Any], value: object) -> Mask:
        known = list(self._values)
        return np.array([not boolean and isinstance(v, kind) and holds(v, value) for boolean, v in known], np.bool_)

    def _first(self, count: int) -> NDArray[np.int32]:
        codes = self._codes.view[:count]
        return codes if len(codes) == count else np.append(codes, np.full(count - len(codes), -1, np.int32))


def _typed(value: object) -> tuple[bool, object]:
    """True and 1 are equal for Python, and not for filters."""
    return isinstance(value, bool), value


def _float(value: tuple[bool, object]) -> float:
    """A number in double precision; NaN for what is none, and for integers that have no place there."""
    boolean, number = value
    if boolean or not isinstance(number, int | float) or (isinstance(number, int) and abs(number) > _HUGE):
        return float("nan")
    return float(number)
