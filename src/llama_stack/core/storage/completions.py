"""Chat completions that were stored: written behind the answer, readable at once."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Self

from ...apis.common import Deleted, Order
from ...apis.errors import ConfigError, NotFoundError
from ...apis.inference.types import StoredCompletion, StoredCompletions, StoredMessages
from .completion_sqlite import SqliteCompletions
from .completion_table import CompletionRecord, CompletionTable, queue_key
from .config import SqlMemory, SqlPostgres, SqlSqlite, StorageConfig
from .errors import driver
from .ownership import viewer
from .stored import completion_list, message_list, stored_completion
from .write_behind import WriteBehind

__all__ = ("CompletionRecord", "CompletionStore", "open_completions")

_ELSEWHERE_SECONDS = 0.05  # how long another process may still queue an id that it has just given out
_QUEUE_BYTES = 64 * 2**20


def open_completions(config: StorageConfig) -> "CompletionStore":
    """The store that `stores.inference` describes, to be opened with `async with`. Nothing is touched before."""
    settings = config.stores.inference
    return CompletionStore(_table(config), max_queued=settings.max_write_queue_size)


def _table(config: StorageConfig) -> CompletionTable:
    settings = config.stores.inference
    match config.backends.get(settings.backend or "sql_default"):
        case SqlMemory():
            return SqliteCompletions(None, settings.table_name)
        case SqlSqlite(db_path=path):
            return SqliteCompletions(path, settings.table_name)
        case SqlPostgres() as backend:
            with driver(backend.type, "postgres"):
                from .completion_postgres import PostgresCompletions
            return PostgresCompletions(backend, settings.table_name)
    raise ConfigError(f"stores.inference.backend: no SQL backend is named {settings.backend!r}")


class CompletionStore:
    """Stored completions in `table`, or in memory (None). Opened and closed with `async with`.

    `put` only queues. The queue is written behind it, one transaction at a time, and flushed on close; readers
    see what is queued. What a crash (`kill -9`, a power cut) can lose: what was put within the last 10 ms and
    during the write before, which takes some milliseconds on a healthy disk. Never more than `max_queued`
    records or 64 MiB: then `put` waits. While the disk or the server refuses, records stay queued and readable
    by id, and are tried again each second; once the queue is full, `put` raises.
    """

    def __init__(self, table: CompletionTable | None = None, *, max_queued: int = 10_000) -> None:
        self._table = SqliteCompletions(None) if table is None else table
        self._queue = WriteBehind[CompletionRecord](self._table.insert, max_items=max_queued, max_bytes=_QUEUE_BYTES)
        self._held = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self._table)
            await opening.enter_async_context(self._queue)
            self._held = opening.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    async def put(self, record: CompletionRecord) -> None:
        """Store a record; of two with one id the later one stays. While there is room it does not suspend."""
        await self._queue.put(record.key, record, len(record.body) + len(record.messages))

    async def flush(self) -> None:
        """Return once all that was put is durable."""
        await self._queue.flush()

    async def list(
        self,
        after: str | None = None,
        limit: int = 20,
        model: str | None = None,
        order: Order = "desc",
        metadata: Mapping[str, str] | None = None,
    ) -> StoredCompletions:
        """A page of completions: those of this model, with all of this metadata.

        Pages that follow each other neither repeat nor skip one while others are added.
        """
        await self._queue.flush()
        records = await self._table.page(
            after=after, limit=limit + 1, model=model, order=order, metadata=metadata or {}
        )
        return completion_list(records, limit)

    async def get(self, completion_id: str) -> StoredCompletion:
        """The completion of this id. Raises `NotFoundError`."""
        return stored_completion(await self._record(completion_id))

    async def messages(
        self, completion_id: str, after: str | None = None, limit: int = 20, order: Order = "asc"
    ) -> StoredMessages:
        """A page of the messages that a completion answered."""
        return message_list(await self._record(completion_id), after=after, limit=limit, order=order)

    async def update(self, completion_id: str, metadata: dict[str, str] | None) -> StoredCompletion:
        """Replace a completion's metadata; None empties it."""
        await self._settled(completion_id)
        if (record := await self._table.update(completion_id, metadata or {})) is None:
            raise _unknown(completion_id)
        return stored_completion(record)

    async def delete(self, completion_id: str) -> Deleted:
        """Forget a completion."""
        await self._settled(completion_id)
        if not await self._table.delete(completion_id):
            raise _unknown(completion_id)
        return Deleted(id=completion_id, object="chat.completion.deleted")

    async def _record(self, completion_id: str) -> CompletionRecord:
        return self._queued(completion_id) or await self._written(completion_id)

    def _queued(self, completion_id: str) -> CompletionRecord | None:
        """The caller's record of this id that is not written yet, or one that is nobody's in particular."""
        tenant, user = viewer()
        mine = self._queue.get(queue_key(tenant, user, completion_id))
        return mine or self._queue.get(queue_key(tenant, "", completion_id))

    async def _settled(self, completion_id: str) -> None:
        """Make sure that the record is in the table, where it can be changed."""
        if self._queued(completion_id) is not None:
            await self._queue.flush()
        else:
            await self._written(completion_id)

    async def _written(self, completion_id: str) -> CompletionRecord:
        record = await self._table.get(completion_id)
        if record is None and self._table.shared:
            await asyncio.sleep(_ELSEWHERE_SECONDS)
            record = await self._table.get(completion_id)
        if record is None:
            raise _unknown(completion_id)
        return record


def _unknown(completion_id: str) -> NotFoundError:
    return NotFoundError(f"no stored completion has the id {completion_id!r}")
