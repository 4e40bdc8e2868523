"""What keeps config, tables and indexes together: declared stores made, leftovers cleared away, drift mended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from ...apis.errors import NotFoundError, StackError
from ...apis.vector_io.index import StoreSpec
from ..storage.sqlstore import SqlStore, Statement
from .file_table import FileTable
from .indexes import Indexes
from .ingestion import Ingestion
from .rows import StoreRow
from .store_table import StoreTable

__all__ = ("Drift", "Upkeep")

log = logging.getLogger(__name__)

_RETRY_SECONDS = 10.0


@dataclass(slots=True)
class Drift:
    """What tables and indexes do not agree about."""

    orphans: list[tuple[str, StoreSpec]] = field(default_factory=list)  # (provider, store) in an index alone
    missing: list[StoreRow] = field(default_factory=list)  # stores whose chunks are gone from their index
    emptied: list[tuple[StoreRow, list[str]]] = field(
        default_factory=list
    )  # files that should have chunks, and have none
    unreachable: dict[str, str] = field(default_factory=dict)  # provider → why it could not be asked

    def __bool__(self) -> bool:
        return bool(self.orphans or self.missing or self.emptied)


class Upkeep:
    """Runs beside the service, in every process; doing a thing twice is like doing it once."""

    def __init__(
        self,
        sql: SqlStore,
        stores: StoreTable,
        files: FileTable,
        indexes: Indexes,
        ingestion: Ingestion,
        declare: Callable[[], Awaitable[None]],
        interval_seconds: float,
    ) -> None:
        self._sql = sql
        self._stores = stores
        self._files = files
        self._indexes = indexes
        self._ingestion = ingestion
        self._declare = declare
        self._interval = interval_seconds
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._go_on(), name="vector-store-upkeep")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _go_on(self) -> None:
        while True:
            try:
                await self._declare()
                await self.sweep()
                pause = self._interval
            except StackError as error:
                log.warning("vector stores could not be seen to, and will be in a while: %s", error)
                pause = min(self._interval, _RETRY_SECONDS)
            await asyncio.sleep(pause)

    async def sweep(self) -> None:
        """Clear leftovers away, and what is in stores that have expired."""
        places = await self._sql.rows("SELECT DISTINCT provider_id, index_id FROM vector_store_leftovers")
        for provider_id, index_id in places:
            await self.clear(provider_id, index_id)
        for store in await self._stores.everyones():
            if store.expired:
                await self._empty(store)

    async def clear(self, provider_id: str, index_id: str) -> None:
        """Take what is left over in one place out of its index. An index that is away is tried again later."""
        rows = await self._sql.rows(
            "SELECT document_id FROM vector_store_leftovers WHERE provider_id = ? AND index_id = ?",
            provider_id,
            index_id,
        )
        try:
            for (document_id,) in rows:
                await self._clear(provider_id, index_id, document_id)
        except StackError as error:
            log.warning("%s still holds chunks of %s, and is asked again later: %s", provider_id, index_id, error)

    async def _clear(self, provider_id: str, index_id: str, document_id: str) -> None:
        index = self._indexes[provider_id]
        if document_id:
            with suppress(NotFoundError):  # the whole store has gone meanwhile
                await index.delete_chunks(index_id, document_id=document_id)
        else:
            await index.delete_store(index_id)
        statement = "DELETE FROM vector_store_leftovers WHERE provider_id = ? AND index_id = ? AND document_id = ?"
        await self._sql.write(Statement(statement, (provider_id, index_id, document_id)))

    async def _empty(self, store: StoreRow) -> None:
        """An expired store keeps its name and its files' names; its chunks go."""
        try:
            await self._indexes[store.provider_id].delete_store(store.index_id)
        except StackError as error:
            log.warning("the expired vector store %s is emptied later: %s", store.id, error)

    # ---- drift

    async def drift(self) -> Drift:
        """Compare tables and indexes."""
        found, stores = Drift(), [store for store in await self._stores.everyones() if not store.expired]
        for provider_id, provider in self._indexes.providers.items():
            used = any(store.provider_id == provider_id for store in stores)
            if not used and (await provider.health()).state in ("unconfigured", "unavailable"):
                continue
            try:
                held = {spec.store_id: spec for spec in await self._indexes[provider_id].list_stores()}
            except StackError as error:
                found.unreachable[provider_id] = error.message
                continue
            own = {store.index_id: store for store in stores if store.provider_id == provider_id}
            found.orphans += [(provider_id, spec) for name, spec in held.items() if name not in own]
            found.missing += [store for name, store in own.items() if name not in held]
            for store in (store for name, store in own.items() if name in held):
                if lost := await self._without_chunks(store):
                    found.emptied.append((store, lost))
        return found

    async def _without_chunks(self, store: StoreRow) -> list[str]:
        index = self._indexes[store.provider_id]
        done = [file for file in await self._files.everyones(store) if file.status == "completed"]
        pages = [await index.chunks_of(store.index_id, file.document_id, limit=1) for file in done]
        return [file.file_id for file, (chunks, _) in zip(done, pages, strict=True) if not chunks]

    async def mend(self, drift: Drift) -> None:
        """Delete orphans, make missing stores anew, and let the files that are lost be read again."""
        for provider_id, spec in drift.orphans:
            await self._indexes[provider_id].delete_store(spec.store_id)
        lost = list(drift.emptied)
        for store in drift.missing:
            spec = StoreSpec(store.index_id, store.dimension, store.metric)
            await self._indexes[store.provider_id].create_store(spec)
            done = [file.file_id for file in await self._files.everyones(store) if file.status == "completed"]
            lost.append((store, done))
        for store, file_ids in lost:
            await self._ingestion.again(store, file_ids)
