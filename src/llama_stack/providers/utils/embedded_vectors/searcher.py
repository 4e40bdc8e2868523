"""What finds the nearest vectors. It is derived from the tables, and thrown away at will."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ....apis.vector_io.filters import Comparison, Compound
from .tables import Store

__all__ = ("Hit", "Searcher", "Shape")

Hit = tuple[int, float]  # a row, and the metric's similarity


@dataclass(frozen=True, slots=True)
class Shape:
    """How a graph is built: more of each finds more, and takes longer."""

    links: int = 16
    effort: int = 80


class Searcher(Protocol):
    """Called from several threads at a time, each within a transaction that reads."""

    def nearest(
        self, connection: sqlite3.Connection, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None
    ) -> list[Hit] | None:
        """The rows nearest to a vector, the best first, of the store as the transaction sees it.

        None when it has yet to read more of the store than is to be read at a time: then ask again, in another
        transaction.
        """
        ...

    def fitting(
        self, connection: sqlite3.Connection, store: Store, rule: Comparison | Compound
    ) -> Callable[[int], bool] | None:
        """Which rows of the store fit a filter, where that is at hand."""
        return None

    def close(self) -> None:
        """End what goes on in the background. Blocks."""
        ...
