"""Pages of a table in order of a growing number, from behind or before a row."""

from typing import TypeVar

from ....apis.common import Order

__all__ = ("PageQuery",)

T = TypeVar("T")


class PageQuery:
    """A `SELECT … WHERE …` that grows by conditions, then by an order and a limit.

    `sequence` is the column that grows. With `before` and no `after`, the rows nearest to that place are wanted: they
    come from the database in the other order, and `in_order` turns them round.
    """

    def __init__(self, sql: str, values: list[object], sequence: str = "sequence") -> None:
        self._sql, self._values, self._sequence = [sql], values, sequence
        self._backwards = False

    def also(self, condition: str, *values: object) -> None:
        """Only rows of which this is true as well."""
        self._sql.append(f"AND {condition}")
        self._values += values

    def between(self, order: Order, after: int | None, before: int | None) -> None:
        """Only rows behind one place and before another, as the order has it."""
        rising = order == "asc"
        if after is not None:
            self.also(f"{self._sequence} {'>' if rising else '<'} ?", after)
        if before is not None:
            self.also(f"{self._sequence} {'<' if rising else '>'} ?", before)
        self._backwards = before is not None and after is None

    def limited(self, order: Order, limit: int) -> tuple[str, list[object]]:
        """The statement and its values."""
        direction = "ASC" if (order == "asc") != self._backwards else "DESC"
        return f"{' '.join(self._sql)} ORDER BY {self._sequence} {direction} LIMIT ?", [*self._values, limit]

    def in_order(self, rows: list[T]) -> list[T]:
        return rows[::-1] if self._backwards else rows
