"""The table of stored completions: its schema and its statements."""

import logging
import sqlite3
from collections.abc import Iterable

import msgspec

from ...apis.common import Order
from ...apis.errors import NotFoundError
from .migrations import Step

__all__ = ("CompletionRecord", "CompletionTable")

log = logging.getLogger(__name__)

# What one record may have wrong that would be wrong again; another record must not suffer for it.
_UNFIT = (OverflowError, TypeError, ValueError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_COLUMNS = "id, created, model, body, messages, metadata"
_ORDERS = {
    "asc": ("AND (created, sequence) > (?, ?)", "ORDER BY created, sequence"),
    "desc": ("AND (created, sequence) < (?, ?)", "ORDER BY created DESC, sequence DESC"),
}


class CompletionRecord(msgspec.Struct, frozen=True, gc=False):
    """A completion and what it answered, as JSON."""

    id: str
    created: int  # seconds since 1970
    model: str
    body: bytes  # the completion
    messages: bytes  # the request's messages, an array
    metadata: dict[str, str] = {}


class CompletionTable:
    """Completions in order of their second, and within it in order of arrival."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps: tuple[Step, ...] = (
            self._sql(
                "CREATE TABLE <table> (sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
                " created INTEGER NOT NULL, model TEXT NOT NULL, body BLOB NOT NULL, messages BLOB NOT NULL,"
                " metadata BLOB NOT NULL)"
            ),
            self._sql("CREATE INDEX <table>_by_time ON <table> (created, sequence)"),
            self._sql("CREATE INDEX <table>_by_model ON <table> (model, created, sequence)"),
        )
        self._insert = self._sql("INSERT OR REPLACE INTO <table> (<columns>) VALUES (?, ?, ?, ?, ?, ?)")
        self._get = self._sql("SELECT <columns> FROM <table> WHERE id = ?")
        self._all = self._sql("SELECT <columns> FROM <table> WHERE TRUE")
        self._place = self._sql("SELECT created, sequence FROM <table> WHERE id = ?")
        self._update = self._sql("UPDATE <table> SET metadata = ? WHERE id = ?")
        self._delete = self._sql("DELETE FROM <table> WHERE id = ?")

    def insert(self, connection: sqlite3.Connection, records: Iterable[CompletionRecord]) -> None:
        """Add records; one whose id is there already takes the other's place."""
        for record in records:
            try:
                connection.execute(self._insert, _row(record))
            except _UNFIT as error:
                log.error("completion %r cannot be stored: %s", record.id, error)

    def get(self, connection: sqlite3.Connection, completion_id: str) -> CompletionRecord | None:
        """The record of this id."""
        row = connection.execute(self._get, (completion_id,)).fetchone()
        return None if row is None else _record(row)

    def page(
        self, connection: sqlite3.Connection, *, after: str | None, limit: int, model: str | None, order: Order
    ) -> list[CompletionRecord]:
        """Up to `limit` records from behind `after`. Raises `NotFoundError` when that is not there."""
        behind, ordered = _ORDERS[order]
        query, values = [self._all], list[object]()
        if model is not None:
            query.append("AND model = ?")
            values.append(model)
        if after is not None:
            query.append(behind)
            values += self._place_of(connection, after)
        rows = connection.execute(" ".join((*query, ordered, "LIMIT ?")), (*values, limit))
        return [_record(row) for row in rows]

    def update(
        self, connection: sqlite3.Connection, completion_id: str, metadata: dict[str, str]
    ) -> CompletionRecord | None:
        """Replace a record's metadata; the record as it is then."""
        connection.execute(self._update, (msgspec.json.encode(metadata), completion_id))
        return self.get(connection, completion_id)

    def delete(self, connection: sqlite3.Connection, completion_id: str) -> bool:
        """Forget a record; False when there was none."""
        return connection.execute(self._delete, (completion_id,)).rowcount > 0

    def _place_of(self, connection: sqlite3.Connection, completion_id: str) -> tuple[int, int]:
        row: tuple[int, int] | None = connection.execute(self._place, (completion_id,)).fetchone()
        if row is None:
            raise NotFoundError(f"after: no stored completion has the id {completion_id!r}", param="after")
        return row

    def _sql(self, text: str) -> str:
        # The name is a plain identifier: the config's validator saw to it.
        return text.replace("<table>", self.name).replace("<columns>", _COLUMNS)


def _row(record: CompletionRecord) -> tuple[object, ...]:
    metadata = msgspec.json.encode(record.metadata)
    return record.id, record.created, record.model, record.body, record.messages, metadata


def _record(row: tuple[str, int, str, bytes, bytes, bytes]) -> CompletionRecord:
    return CompletionRecord(*row[:5], msgspec.json.decode(row[5], type=dict[str, str]))
