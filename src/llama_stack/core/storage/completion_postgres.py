"""Stored completions in a table on a PostgreSQL server."""

import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

import asyncpg
import msgspec
from typing_extensions import override

from ...apis.common import Order
from ...apis.errors import NotFoundError, StackError
from .backends import SqlPostgres
from .completion_table import CompletionRecord, CompletionTable
from .postgres import Postgres
from .postgres_migrations import migrate

__all__ = ("PostgresCompletions",)

log = logging.getLogger(__name__)

_GROUP_SECONDS = 60.0  # a full queue is 64 MiB, and the line may be slow
# What one record may have wrong that would be wrong again; another record must not suffer for it.
_UNFIT = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, TypeError, ValueError)
# PostgreSQL names the indexes: names made from a table's may be too long. Bodies are bytes, as they came: JSONB
# would change them, and refuse what a service may have answered.
_STEPS = (
    'CREATE TABLE <table> (sequence BIGINT GENERATED ALWAYS AS IDENTITY, id TEXT COLLATE "C" PRIMARY KEY,'
    ' created BIGINT NOT NULL, model TEXT COLLATE "C" NOT NULL, body BYTEA NOT NULL, messages BYTEA NOT NULL,'
    " metadata BYTEA NOT NULL)",
    "CREATE INDEX ON <table> (created, sequence)",
    "CREATE INDEX ON <table> (model, created, sequence)",
)
_COLUMNS = "id, created, model, body, messages, metadata"
_INSERT = """
    INSERT INTO <table> (<columns>) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO UPDATE SET sequence = DEFAULT, created = excluded.created, model = excluded.model,
        body = excluded.body, messages = excluded.messages, metadata = excluded.metadata
"""
_GET = "SELECT <columns> FROM <table> WHERE id = $1"
_ALL = "SELECT <columns> FROM <table> WHERE TRUE"
_ORDERS = {"asc": (">", "ORDER BY created, sequence"), "desc": ("<", "ORDER BY created DESC, sequence DESC")}
_PLACE = "SELECT created, sequence FROM <table> WHERE id = $1"
_UPDATE = "UPDATE <table> SET metadata = $2 WHERE id = $1 RETURNING <columns>"
_DELETE = "DELETE FROM <table> WHERE id = $1 RETURNING TRUE"


class PostgresCompletions(CompletionTable):
    """The table `name` on the server that `backend` names."""

    def __init__(self, backend: SqlPostgres, name: str = "chat_completions") -> None:
        self._db = Postgres(backend)
        self._name = name
        self._held = AsyncExitStack()

    @override
    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._db)
            await migrate(self._db, f"table {self._name}", [self._sql(step) for step in _STEPS])
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
    async def insert(self, records: Sequence[CompletionRecord]) -> None:
        async def together(connection: Any) -> None:
            await connection.executemany(self._sql(_INSERT), map(_row, records), timeout=_GROUP_SECONDS)

        try:
            await self._db.write(together)
        except (StackError, *_UNFIT) as error:
            if not isinstance(error.__cause__ or error, _UNFIT):
                raise
            await self._insert_fit(records)

    async def _insert_fit(self, records: Sequence[CompletionRecord]) -> None:
        """One after the other, in a transaction still, without those that will never fit."""

        async def one_by_one(connection: Any) -> None:
            for record in records:
                try:
                    async with connection.transaction():
                        await connection.execute(self._sql(_INSERT), *_row(record))
                except _UNFIT as error:
                    log.error("completion %r cannot be stored: %s", record.id, error)

        await self._db.write(one_by_one)

    @override
    async def get(self, completion_id: str) -> CompletionRecord | None:
        return _first(await self._rows(_GET, completion_id))

    @override
    async def page(self, *, after: str | None, limit: int, model: str | None, order: Order) -> list[CompletionRecord]:
        if model is not None and "\0" in model:  # which no text holds there
            return []
        query, values, (behind, ordered) = [_ALL], list[object](), _ORDERS[order]
        if model is not None:
            values.append(model)
            query.append("AND model = $1")
        if after is not None:
            values += await self._place_of(after)
            query.append(f"AND (created, sequence) {behind} (${len(values) - 1}, ${len(values)})")
        limited = f"LIMIT {limit:d}"
        return [_record(row) for row in await self._db.rows(self._sql(" ".join((*query, ordered, limited))), *values)]

    @override
    async def update(self, completion_id: str, metadata: dict[str, str]) -> CompletionRecord | None:
        return _first(await self._rows(_UPDATE, completion_id, msgspec.json.encode(metadata)))

    @override
    async def delete(self, completion_id: str) -> bool:
        return bool(await self._rows(_DELETE, completion_id, again=False))

    async def _place_of(self, completion_id: str) -> tuple[int, int]:
        rows = await self._rows(_PLACE, completion_id)
        if not rows:
            raise NotFoundError(f"after: no stored completion has the id {completion_id!r}", param="after")
        return rows[0]["created"], rows[0]["sequence"]

    async def _rows(self, statement: str, completion_id: str, *values: object, again: bool = True) -> list[Any]:
        if "\0" in completion_id:  # as above
            return []
        return await self._db.rows(self._sql(statement), completion_id, *values, again=again)

    def _sql(self, text: str) -> str:
        # The name is a plain identifier: the config's validator saw to it.
        return text.replace("<table>", f'"{self._name}"').replace("<columns>", _COLUMNS)


def _row(record: CompletionRecord) -> tuple[object, ...]:
    metadata = msgspec.json.encode(record.metadata)
    return record.id, record.created, record.model, record.body, record.messages, metadata


def _first(rows: list[Any]) -> CompletionRecord | None:
    return _record(rows[0]) if rows else None


def _record(row: Any) -> CompletionRecord:
    completion_id, created, model, body, messages, metadata = row
    return CompletionRecord(
        completion_id, created, model, body, messages, msgspec.json.decode(metadata, type=dict[str, str])
    )
