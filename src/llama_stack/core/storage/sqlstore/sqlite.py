"""Tables in an SQLite file, or in the memory of this process."""

import sqlite3
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from typing_extensions import override

from ..migrations import migrate
from ..sqlite import Database, database
from .contract import Row, SqlStore, Statement, UnmetError

__all__ = ("SqliteStore",)

_TYPES = {"<id>": "INTEGER PRIMARY KEY AUTOINCREMENT", "<text>": "TEXT", "<bytes>": "BLOB"}


class SqliteStore(SqlStore):
    """An `SqlStore` in the file at `place`; a text for a place names a database in memory that this process shares."""

    _db: Database

    def __init__(self, place: Path | str) -> None:
        self._place = place
        self._held = AsyncExitStack()

    @override
    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            self._db = await opening.enter_async_context(database(self._place))
            self._held = opening.pop_all()
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    @property
    @override
    def shared(self) -> bool:
        return isinstance(self._place, Path)

    @override
    async def migrate(self, component: str, steps: Sequence[str]) -> None:
        place, own = self._db.place, [_translated(step) for step in steps]
        await self._db.write(lambda connection: migrate(connection, place, component, own))

    @override
    async def rows(self, sql: str, *values: object) -> list[Row]:
        return await self._db.read(lambda connection: connection.execute(sql, values).fetchall())

    @override
    async def write(self, *statements: Statement) -> list[list[Row]]:
        return await self._db.write(lambda connection: [_done(connection, each) for each in statements])


def _done(connection: sqlite3.Connection, statement: Statement) -> list[Row]:
    if statement.rows is not None:
        connection.executemany(statement.sql, statement.rows)
        return []
    rows = connection.execute(statement.sql, statement.values).fetchall()
    if statement.needed and not rows:
        raise UnmetError(statement.sql)
    return rows


def _translated(sql: str) -> str:
    for name, own in _TYPES.items():
        sql = sql.replace(name, own)
    return sql
