"""Keys and values in a table on a PostgreSQL server."""

import time
from contextlib import AsyncExitStack
from typing import Self

from typing_extensions import override

from ..backends import KvPostgres
from ..postgres import Postgres
from ..postgres_migrations import migrate
from .contract import KVStore

__all__ = ("PostgresKV",)

_SWEEP_SECONDS = 60.0
_SWEEP_ROWS = 1000  # at once, so that no write waits long for it
# Keys are UTF-8 bytes: they sort by code point whatever the database's collation, and may hold a NUL. The
# server's clock says what has expired, so that replicas whose clocks differ agree.
_STEPS = (
    "CREATE TABLE <table> (key BYTEA PRIMARY KEY, value BYTEA NOT NULL, expires_at TIMESTAMPTZ)",
    "CREATE INDEX ON <table> (expires_at) WHERE expires_at IS NOT NULL",
)
_LIVE = "(t.expires_at IS NULL OR t.expires_at > clock_timestamp())"
_EXPIRY = "clock_timestamp() + make_interval(secs => $3)"
_GET = "SELECT value FROM <table> t WHERE key = $1 AND <live>"
_SET = """
    INSERT INTO <table> AS t VALUES ($1, $2, <expiry>)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
"""
_ADD = f"{_SET} WHERE NOT <live> RETURNING TRUE"
_SWAP = "UPDATE <table> t SET value = $2, expires_at = <expiry> WHERE key = $1 AND value = $4 AND <live> RETURNING TRUE"
_DELETE = "DELETE FROM <table> t WHERE key = $1 RETURNING <live>"
# UTF-8 has no byte 0xFF, so prefix + 0xFF is behind every key with that prefix.
_SCAN = """
    SELECT key, value FROM <table> t
    WHERE key >= $1 AND key < $2 AND ($3::bytea IS NULL OR key > $3) AND <live>
    ORDER BY key LIMIT $4
"""
_SWEEP = """
    DELETE FROM <table> WHERE key IN (
        SELECT key FROM <table> WHERE expires_at <= clock_timestamp() LIMIT $1 FOR UPDATE SKIP LOCKED)
"""


class PostgresKV(KVStore):
    """A `KVStore` in the table that `backend` names, which other processes and machines may share."""

    def __init__(self, backend: KvPostgres) -> None:
        self._db = Postgres(backend)
        self._table = backend.table_name
        self._held = AsyncExitStack()
        self._next_sweep = 0.0

    @override
    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._db)
            await migrate(self._db, f"kv {self._table}", [self._sql(step) for step in _STEPS])
            self._held = opening.pop_all()
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    @override
    async def get(self, key: str) -> bytes | None:
        rows = await self._db.rows(self._sql(_GET), key.encode())
        return rows[0][0] if rows else None

    @override
    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        await self._db.rows(self._sql(_SET), key.encode(), value, ttl_seconds)
        await self._sweep()

    @override
    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        statement, values = (_ADD, ()) if expected is None else (_SWAP, (expected,))
        rows = await self._db.rows(self._sql(statement), key.encode(), value, ttl_seconds, *values, again=False)
        await self._sweep()
        return bool(rows)

    @override
    async def delete(self, key: str) -> bool:
        rows = await self._db.rows(self._sql(_DELETE), key.encode(), again=False)
        return bool(rows and rows[0][0])

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        start, behind = prefix.encode(), None if after is None else after.encode()
        rows = await self._db.rows(self._sql(_SCAN), start, start + b"\xff", behind, limit)
        return [(key.decode(), value) for key, value in rows]

    async def _sweep(self) -> None:
        if time.monotonic() > self._next_sweep:
            self._next_sweep = time.monotonic() + _SWEEP_SECONDS
            await self._db.rows(self._sql(_SWEEP), _SWEEP_ROWS)

    def _sql(self, text: str) -> str:
        # The name is a plain identifier: the config's validator saw to it.
        named = text.replace("<table>", f'"{self._table}"')
        return named.replace("<live>", _LIVE).replace("<expiry>", _EXPIRY)
