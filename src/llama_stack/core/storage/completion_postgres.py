"""Stored completions in a table on a PostgreSQL server."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

import asyncpg
import msgspec
from typing_extensions import override

from ...apis.common import Order
from ...apis.errors import NotFoundError, StackError
from .backends import SqlPostgres
from .completion_table import CompletionRecord, CompletionTable, metadata_mark, metadata_text
from .ownership import viewer
from .postgres import Postgres
from .postgres_migrations import Step, migrate

__all__ = ("PostgresCompletions",)

log = logging.getLogger(__name__)

_GROUP_SECONDS = 60.0  # a full queue is 64 MiB, and the line may be slow
_STEP_SECONDS = 600.0  # a large table may have to be gone through
# What one record may have wrong that would be wrong again; another record must not suffer for it.
_UNFIT = (asyncpg.DataError, asyncpg.ProgramLimitExceededError, TypeError, ValueError)
# PostgreSQL names the indexes: names made from a table's may be too long. Bodies are bytes, as they came: JSONB
# would change them, and refuse what a service may have answered.
_STEPS: tuple[str, ...] = (
    'CREATE TABLE <table> (sequence BIGINT GENERATED ALWAYS AS IDENTITY, id TEXT COLLATE "C" PRIMARY KEY,'
    ' created BIGINT NOT NULL, model TEXT COLLATE "C" NOT NULL, body BYTEA NOT NULL, messages BYTEA NOT NULL,'
    " metadata BYTEA NOT NULL)",
    "CREATE INDEX ON <table> (created, sequence)",
    "CREATE INDEX ON <table> (model, created, sequence)",
    """ALTER TABLE <table> ADD COLUMN tenant TEXT COLLATE "C" NOT NULL DEFAULT ''""",
    """ALTER TABLE <table> ADD COLUMN owner TEXT COLLATE "C" NOT NULL DEFAULT ''""",
    "CREATE INDEX ON <table> (tenant, created, sequence)",
    "CREATE INDEX ON <table> (tenant, model, created, sequence)",
)
_COLUMNS = "id, created, model, body, messages, metadata, tenant, owner"
_INSERT = """
    INSERT INTO <table> AS present (<columns>) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO UPDATE SET sequence = DEFAULT, created = excluded.created, model = excluded.model,
        body = excluded.body, messages = excluded.messages, metadata = excluded.metadata
    WHERE present.tenant = excluded.tenant AND present.owner = excluded.owner
"""
# Everything that callers ask begins with the two values of `viewer()`.
_MINE = "tenant = $1 AND (owner = '' OR owner = $2)"
_ALL = f"SELECT <columns> FROM <table> WHERE {_MINE}"
_GET = f"{_ALL} AND id = $3"
_OLD_INDEXES = """
    SELECT indexrelid::regclass::text FROM pg_index
    WHERE indrelid = $1::regclass AND NOT indisunique AND pg_get_indexdef(indexrelid) !~ '\\(tenant,'
"""
_ORDERS = {"asc": (">", "ORDER BY created, sequence"), "desc": ("<", "ORDER BY created DESC, sequence DESC")}
_PLACE = f"SELECT created, sequence FROM <table> WHERE {_MINE} AND id = $3"
_UPDATE = f"UPDATE <table> SET metadata = $4 WHERE {_MINE} AND id = $3 RETURNING <columns>"
_DELETE = f"DELETE FROM <table> WHERE {_MINE} AND id = $3 RETURNING TRUE"


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
            steps: list[Step] = [*map(self._sql, _STEPS), self._drop_old_indexes, self._write_metadata_anew]
            await migrate(self._db, f"table {self._name}", steps)
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
    async def page(
        self, *, after: str | None, limit: int, model: str | None, order: Order, metadata: Mapping[str, str]
    ) -> list[CompletionRecord]:
        if model is not None and "\0" in model:  # which no text holds there
            return []
        query, values, (behind, ordered) = [_ALL], list[object](viewer()), _ORDERS[order]
        if model is not None:
            values.append(model)
            query.append(f"AND model = ${len(values)}")
        for pair in metadata.items():
            values.append(metadata_mark(*pair))
            query.append(f"AND position(${len(values)}::bytea IN metadata) > 0")
        if after is not None:
            values += await self._place_of(after)
            query.append(f"AND (created, sequence) {behind} (${len(values) - 1}, ${len(values)})")
        limited = f"LIMIT {limit:d}"
        return [_record(row) for row in await self._db.rows(self._sql(" ".join((*query, ordered, limited))), *values)]

    @override
    async def update(self, completion_id: str, metadata: dict[str, str]) -> CompletionRecord | None:
        return _first(await self._rows(_UPDATE, completion_id, metadata_text(metadata)))

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
        return await self._db.rows(self._sql(statement), *viewer(), completion_id, *values, again=again)

    async def _drop_old_indexes(self, connection: Any) -> None:
        """Those without a tenant. PostgreSQL has named them, so they are known by what they hold."""
        for (name,) in await connection.fetch(_OLD_INDEXES, f'"{self._name}"'):
            await connection.execute(f"DROP INDEX {name}")

    async def _write_metadata_anew(self, connection: Any) -> None:
        """In the form in which pairs can be found."""
        old = await connection.fetch(self._sql("SELECT id, metadata FROM <table> WHERE metadata <> '{}'::bytea"))
        new = [(key, metadata_text(msgspec.json.decode(metadata))) for key, metadata in old]
        await connection.executemany(
            self._sql("UPDATE <table> SET metadata = $2 WHERE id = $1"), new, timeout=_STEP_SECONDS
        )

    def _sql(self, text: str) -> str:
        # The name is a plain identifier: the config's validator saw to it.
        return text.replace("<table>", f'"{self._name}"').replace("<columns>", _COLUMNS)


def _row(record: CompletionRecord) -> tuple[object, ...]:
    head = (record.id, record.created, record.model, record.body, record.messages)
    return *head, metadata_text(record.metadata), record.tenant, record.owner


def _first(rows: list[Any]) -> CompletionRecord | None:
    return _record(rows[0]) if rows else None


def _record(row: Any) -> CompletionRecord:
    completion_id, created, model, body, messages, metadata, *whose = row
    decoded = msgspec.json.decode(metadata, type=dict[str, str])
    return CompletionRecord(completion_id, created, model, body, messages, decoded, *whose)
