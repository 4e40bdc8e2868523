"""Stored completions in an SQLite file, or in memory."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Self

import msgspec
from typing_extensions import override

from ...apis.common import Order
from ...apis.errors import NotFoundError
from .completion_table import CompletionRecord, CompletionTable, metadata_mark, metadata_text
from .migrations import Step, migrate
from .ownership import VISIBLE, viewer
from .sqlite import Database, database

__all__ = ("SqliteCompletions",)

log = logging.getLogger(__name__)

# What one record may have wrong that would be wrong again; another record must not suffer for it.
_UNFIT = (OverflowError, TypeError, ValueError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_COLUMNS = "id, created, model, body, messages, metadata, tenant, owner"
_ORDERS = {
    "asc": ("AND (created, sequence) > (?, ?)", "ORDER BY created, sequence"),
    "desc": ("AND (created, sequence) < (?, ?)", "ORDER BY created DESC, sequence DESC"),
}


class SqliteCompletions(CompletionTable):
    """The table `name` in the SQLite file at `path`, or in memory (None)."""

    _db: Database

    def __init__(self, path: Path | None, name: str = "chat_completions") -> None:
        self._path = path
        self._name = name
        self._held = AsyncExitStack()
        self._steps: tuple[Step, ...] = (
            self._sql(
                "CREATE TABLE <table> (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
                " created INTEGER NOT NULL, model TEXT NOT NULL, body BLOB NOT NULL, messages BLOB NOT NULL,"
                " metadata BLOB NOT NULL)"
            ),
            self._sql("CREATE INDEX <table>_by_time ON <table> (created, sequence)"),
            self._sql("CREATE INDEX <table>_by_model ON <table> (model, created, sequence)"),
            self._sql("ALTER TABLE <table> ADD COLUMN tenant TEXT NOT NULL DEFAULT ''"),
            self._sql("ALTER TABLE <table> ADD COLUMN owner TEXT NOT NULL DEFAULT ''"),
            self._sql("DROP INDEX <table>_by_time"),
            self._sql("DROP INDEX <table>_by_model"),
            self._sql("CREATE INDEX <table>_by_time ON <table> (tenant, created, sequence)"),
            self._sql("CREATE INDEX <table>_by_model ON <table> (tenant, model, created, sequence)"),
            self._write_metadata_anew,
        )
        self._forget = self._sql("DELETE FROM <table> WHERE id = ? AND tenant = ? AND owner = ?")
        self._insert = self._sql(
            "INSERT INTO <table> (<columns>) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
        )
        self._all = self._sql(f"SELECT <columns> FROM <table> WHERE {VISIBLE}")
        self._get = f"{self._all} AND id = ?"
        self._place = self._sql(f"SELECT created, sequence FROM <table> WHERE {VISIBLE} AND id = ?")
        self._update = self._sql(f"UPDATE <table> SET metadata = ? WHERE {VISIBLE} AND id = ?")
        self._delete = self._sql(f"DELETE FROM <table> WHERE {VISIBLE} AND id = ?")

    @override
    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            self._db = await opening.enter_async_context(database(self._path))
            place, component = self._db.place, f"table {self._name}"
            await self._db.write(lambda connection: migrate(connection, place, component, self._steps))
            self._held = opening.pop_all()
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    @property
    @override
    def shared(self) -> bool:
        return self._path is not None

    @override
    async def insert(self, records: Sequence[CompletionRecord]) -> None:
        def work(connection: sqlite3.Connection) -> None:
            for record in records:
                try:
                    connection.execute(self._forget, (record.id, record.tenant, record.owner))
                    added = connection.execute(self._insert, _row(record)).rowcount > 0
                except _UNFIT as error:
                    log.error("completion %r cannot be stored: %s", record.id, error)
                else:
                    if not added:
                        log.error("completion %r is not stored: somebody else's has this id", record.id)

        await self._db.write(work)

    @override
    async def get(self, completion_id: str) -> CompletionRecord | None:
        return await self._db.read(partial(self._record, mine=(*viewer(), completion_id)))

    @override
    async def page(
        self, *, after: str | None, limit: int, model: str | None, order: Order, metadata: Mapping[str, str]
    ) -> list[CompletionRecord]:
        mine = viewer()

        def work(connection: sqlite3.Connection) -> list[CompletionRecord]:
            behind, ordered = _ORDERS[order]
            query, values = [self._all], list[object](mine)
            if model is not None:
                query.append("AND model = ?")
                values.append(model)
            for pair in metadata.items():
                query.append("AND instr(metadata, ?) > 0")
                values.append(metadata_mark(*pair))
            if after is not None:
                query.append(behind)
                values += self._place_of(connection, (*mine, after))
            rows = connection.execute(" ".join((*query, ordered, "LIMIT ?")), (*values, limit))
            return [_record(row) for row in rows]

        return await self._db.read(work)

    @override
    async def update(self, completion_id: str, metadata: dict[str, str]) -> CompletionRecord | None:
        mine = (*viewer(), completion_id)

        def work(connection: sqlite3.Connection) -> CompletionRecord | None:
            connection.execute(self._update, (metadata_text(metadata), *mine))
            return self._record(connection, mine)

        return await self._db.write(work)

    @override
    async def delete(self, completion_id: str) -> bool:
        mine = (*viewer(), completion_id)
        return await self._db.write(lambda connection: connection.execute(self._delete, mine).rowcount > 0)

    def _record(self, connection: sqlite3.Connection, mine: tuple[str, str, str]) -> CompletionRecord | None:
        row = connection.execute(self._get, mine).fetchone()
        return None if row is None else _record(row)

    def _place_of(self, connection: sqlite3.Connection, mine: tuple[str, str, str]) -> tuple[int, int]:
        row: tuple[int, int] | None = connection.execute(self._place, mine).fetchone()
        if row is None:
            raise NotFoundError(f"after: no stored completion has the id {mine[-1]!r}", param="after")
        return row

    def _write_metadata_anew(self, connection: sqlite3.Connection) -> None:
        """In the form in which pairs can be found."""
        old = connection.execute(self._sql("SELECT sequence, metadata FROM <table> WHERE metadata <> ?"), (b"{}",))
        new = [(metadata_text(msgspec.json.decode(metadata)), sequence) for sequence, metadata in old]
        connection.executemany(self._sql("UPDATE <table> SET metadata = ? WHERE sequence = ?"), new)

    def _sql(self, text: str) -> str:
        # The name is a plain identifier: the config's validator saw to it.
        return text.replace("<table>", self._name).replace("<columns>", _COLUMNS)


def _row(record: CompletionRecord) -> tuple[object, ...]:
    head = (record.id, record.created, record.model, record.body, record.messages)
    return *head, metadata_text(record.metadata), record.tenant, record.owner


def _record(row: tuple[str, int, str, bytes, bytes, bytes, str, str]) -> CompletionRecord:
    return CompletionRecord(*row[:5], msgspec.json.decode(row[5], type=dict[str, str]), *row[6:])
