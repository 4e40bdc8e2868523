"""What every SQL backend does, and what `tests/contract/test_sqlstore.py` holds it to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

__all__ = ("Row", "SqlStore", "Statement", "UnmetError")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a transaction, in the SQL that SQLite and PostgreSQL share.

    Values stand as `?`. Types that differ have a name: `<id>` (a growing number, the primary key), `<text>`
    (compared by code point), `<bytes>`. With `rows` the statement is done once for each; it then gives no rows.
    """

    sql: str
    values: Sequence[object] = ()
    rows: Sequence[Sequence[object]] | None = None
    needed: bool = False  # the transaction is undone unless this statement gives a row


class UnmetError(Exception):
    """A needed statement gave no row, so nothing was written. Whoever needed it says what that means."""


class SqlStore(Protocol):
    """Tables in one database, shared by whoever opens it. Opened and closed with `async with`.

    A write that returned is durable, as far as the backend is, and seen by everyone who shares it.
    """

    @property
    def shared(self) -> bool:
        """Whether other processes may write here too."""
        ...

    async def migrate(self, component: str, steps: Sequence[str]) -> None:
        """Bring `component`'s tables to the newest version; `steps[n]` leads from version n to n + 1.

        Steps that were released are never changed, only followed by others. A newer schema than ours is refused.
        """
        ...

    async def rows(self, sql: str, *values: object) -> list[Row]:
        """The rows that a query gives."""
        ...

    async def write(self, *statements: Statement) -> list[list[Row]]:
        """All statements in one transaction, or none; the rows each gives (`… RETURNING …`).

        Raises `UnmetError` when a needed one gives none. A write whose connection broke is not tried again: it
        may have been done.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...
