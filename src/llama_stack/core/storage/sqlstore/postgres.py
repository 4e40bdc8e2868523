"""Tables on a PostgreSQL server."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cache
from itertools import count
from typing import Any, Self

from typing_extensions import override

from ..backends import SqlPostgres
from ..postgres import Postgres
from ..postgres_migrations import migrate
from .contract import Row, SqlStore, Statement, UnmetError

__all__ = ("PostgresStore",)

_TYPES = {
    "<id>": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "<text>": 'TEXT COLLATE "C"',
    "<bytes>": "BYTEA",
}


class PostgresStore(SqlStore):
    """An `SqlStore` in the database that `backend` names."""

    def __init__(self, backend: SqlPostgres) -> None:
        self._db = Postgres(backend)
        self._held = AsyncExitStack()

    @override
    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._db)
            self._held = opening.pop_all()
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    @property
    @override
    def shared(self) -> bool:
        return True

    @override
    async def migrate(self, component: str, steps: Sequence[str]) -> None:
        await migrate(self._db, component, [_typed(step) for step in steps])

    @override
    async def rows(self, sql: str, *values: object) -> list[Row]:
        return [tuple(row) for row in await self._db.rows(_numbered(sql), *values)]

    @override
    async def write(self, *statements: Statement) -> list[list[Row]]:
        async def work(connection: Any) -> list[list[Row]]:
            return [await _done(connection, each) for each in statements]

        return await self._db.write(work, again=False)


async def _done(connection: Any, statement: Statement) -> list[Row]:
    sql = _numbered(statement.sql)
    if statement.rows is not None:
        await connection.executemany(sql, statement.rows)
        return []
    rows = [tuple(row) for row in await connection.fetch(sql, *statement.values)]
    if statement.needed and not rows:
        raise UnmetError(statement.sql)
    return rows


def _typed(sql: str) -> str:
    for name, own in _TYPES.items():
        sql = sql.replace(name, own)
    return sql


@cache
def _numbered(sql: str) -> str:
    """`?` as `$1`, `$2`, … . Our statements hold no question mark that means something else."""
    head, *rest = sql.split("?")
    numbers = count(1)
    return head + "".join(f"${next(numbers)}{part}" for part in rest)
