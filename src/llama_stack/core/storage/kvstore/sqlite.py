"""Keys and values in an SQLite file."""

import sqlite3
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self

from typing_extensions import override

from ..migrations import Step, migrate
from ..sqlite import Database, database
from .contract import KVStore

__all__ = ("SqliteKV",)

_STEPS: tuple[Step, ...] = (
    "CREATE TABLE llama_stack_kv (key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_at REAL)",
    "CREATE INDEX llama_stack_kv_expiry ON llama_stack_kv (expires_at) WHERE expires_at IS NOT NULL",
)
_SWEEP_SECONDS = 60.0
_SWEEP_ROWS = 1000  # at once, so that no write waits long for it
_GET = "SELECT value FROM llama_stack_kv WHERE key = ? AND (expires_at IS NULL OR expires_at > ?)"
# Keys are compared as bytes, so % and _ mean nothing; UTF-8 has no byte 0xFF, so prefix + 0xFF is behind them all.
_SCAN = """
    SELECT key, value FROM llama_stack_kv
    WHERE key >= ? AND key < CAST(? AS TEXT) AND (? IS NULL OR key > ?) AND (expires_at IS NULL OR expires_at > ?)
    ORDER BY key LIMIT ?
"""
_SWEEP = """
    DELETE FROM llama_stack_kv
    WHERE rowid IN (SELECT rowid FROM llama_stack_kv WHERE expires_at <= ? LIMIT ?)
"""


class SqliteKV(KVStore):
    """A `KVStore` in the file at `path`, which other stores and other processes may share."""

    _db: Database

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = AsyncExitStack()
        self._next_sweep = 0.0

    @override
    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            self._db = await opening.enter_async_context(database(self._path))
            place = self._db.place
            await self._db.write(lambda connection: migrate(connection, place, "kv", _STEPS))
            self._held = opening.pop_all()
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    @override
    async def get(self, key: str) -> bytes | None:
        return await self._db.read(partial(_get, key=key))

    @override
    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        await self._db.write(partial(self._put, key=key, value=value, ttl_seconds=ttl_seconds))

    @override
    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        def swap(connection: sqlite3.Connection) -> bool:
            if _get(connection, key) != expected:
                return False
            self._put(connection, key, value, ttl_seconds)
            return True

        return await self._db.write(swap)

    @override
    async def delete(self, key: str) -> bool:
        def forget(connection: sqlite3.Connection) -> bool:
            present = _get(connection, key) is not None
            connection.execute("DELETE FROM llama_stack_kv WHERE key = ?", (key,))
            return present

        return await self._db.write(forget)

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        end = prefix.encode() + b"\xff"
        rows = -1 if limit is None else limit
        return await self._db.read(
            lambda connection: connection.execute(_SCAN, (prefix, end, after, after, time.time(), rows)).fetchall()
        )

    def _put(self, connection: sqlite3.Connection, key: str, value: bytes, ttl_seconds: float | None) -> None:
        expires_at = None if ttl_seconds is None else time.time() + ttl_seconds
        connection.execute("INSERT OR REPLACE INTO llama_stack_kv VALUES (?, ?, ?)", (key, value, expires_at))
        if time.monotonic() > self._next_sweep:
            self._next_sweep = time.monotonic() + _SWEEP_SECONDS
            connection.execute(_SWEEP, (time.time(), _SWEEP_ROWS))


def _get(connection: sqlite3.Connection, key: str) -> bytes | None:
    row = connection.execute(_GET, (key, time.time())).fetchone()
    return None if row is None else row[0]
