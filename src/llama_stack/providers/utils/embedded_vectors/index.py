"""A `VectorIndex` in an SQLite file: the tables say what is true, a searcher finds what is near."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self, TypeVar

from typing_extensions import override

from ....apis.errors import BadRequestError, StackError
from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import Found, IndexedChunk, StoreSpec, VectorIndex
from ....core.storage.migrations import migrate
from ....core.storage.sqlite import Database, database
from . import chunks as rows
from . import tables
from .files import folder_of, sweep
from .keywords import by_words
from .searcher import Hit, Searcher
from .tables import STEPS, Store

__all__ = ("EmbeddedIndex",)

T = TypeVar("T")


class EmbeddedIndex(VectorIndex):
    """Stores in the file at `place`, which several processes may share; None: in memory, forgotten when it is closed.

    The searcher is made when it is first asked: it needs packages that a server without vector stores never loads.
    """

    _db: Database

    def __init__(self, place: Path | None, searcher: Callable[[], Searcher]) -> None:
        self._place, self._make = place, searcher
        self._searcher: Searcher | None = None
        self._making = threading.Lock()
        self._purging: set[asyncio.Task[None]] = set()
        self._held = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            self._db = await opening.enter_async_context(database(self._place))
            place = self._db.place
            await self._db.write(lambda connection: migrate(connection, place, "vector_index", STEPS))
            opening.push_async_callback(self._end)
            self._purge()
            self._held = opening.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._held.aclose()

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        if store.dimension < 1:
            raise BadRequestError(f"{store.store_id}: a vector has at least one dimension", param="dimension")
        await self._db.write(lambda connection: tables.create(connection, store))

    @override
    async def delete_store(self, store_id: str) -> bool:
        was_there = await self._db.write(lambda connection: tables.doom(connection, store_id))
        self._purge()
        return was_there

    @override
    async def list_stores(self) -> list[StoreSpec]:
        return await self._db.read(tables.every)

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        def put(connection: sqlite3.Connection, store: Store) -> None:
            rows.upsert(connection, store, chunks, _split(store.spec, vectors, len(chunks)))

        await self._write(store_id, put)

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        def forget(connection: sqlite3.Connection, store: Store) -> int:
            if document_id is None and chunk_ids is None:
                return 0
            seqs = rows.seqs_of(connection, store, document_id=document_id, chunk_ids=chunk_ids)
            return rows.delete(connection, store, seqs)

        return await self._write(store_id, forget)

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        await self._write(store_id, lambda c, store: rows.set_attributes(c, store, document_id, attributes))

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        found, vectors = await self._read(store_id, lambda c, store: rows.page(c, store, document_id, after, limit))
        return found, vectors if with_vectors else b""

    @override
    async def count(self, store_id: str) -> int:
        return await self._read(store_id, lambda _, store: store.chunks)

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        return await self._read(store_id, lambda c, store: rows.vectors_of(c, store, chunk_ids))

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        def search(connection: sqlite3.Connection, store: Store) -> list[Found] | None:
            _split(store.spec, vector, 1)
            hits = self._searching().nearest(connection, store, vector, limit, rule) if limit > 0 else []
            return None if hits is None else _found(connection, hits)

        while (found := await self._read(store_id, search)) is None:
            pass  # more of the store had to be read first
        return found

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        def search(connection: sqlite3.Connection, store: Store) -> list[Found]:
            fitting = self._searching().fitting(connection, store, rule) if rule else None
            return _found(connection, by_words(connection, store, text, max(limit, 0), rule, fitting))

        return await self._read(store_id, search)

    # ---- the database

    async def _read(self, store_id: str, work: Callable[[sqlite3.Connection, Store], T]) -> T:
        """Read, in one transaction, from a store. Raises `NotFoundError` when there is none."""

        def within(connection: sqlite3.Connection) -> T:
            with tables.snapshot(connection):
                return work(connection, tables.find(connection, store_id))

        return await self._db.read(within)

    async def _write(self, store_id: str, work: Callable[[sqlite3.Connection, Store], T]) -> T:
        return await self._db.write(lambda connection: work(connection, tables.find(connection, store_id)))

    def _searching(self) -> Searcher:
        with self._making:
            if self._searcher is None:
                self._searcher = self._make()
            return self._searcher

    # ---- rows of stores that were forgotten

    def _purge(self) -> None:
        task = asyncio.create_task(self._purge_on())
        self._purging.add(task)
        task.add_done_callback(self._purging.discard)

    async def _purge_on(self) -> None:
        with contextlib.suppress(StackError):  # it goes on when the file is opened again
            while await self._db.write(tables.purge):
                pass
            if self._place is not None:
                await asyncio.to_thread(sweep, folder_of(self._place), await self._db.read(tables.nonces))

    async def _end(self) -> None:
        for task in self._purging:
            task.cancel()
        await asyncio.gather(*self._purging, return_exceptions=True)
        if self._searcher is not None:
            await asyncio.to_thread(self._searcher.close)


def _split(store: StoreSpec, vectors: bytes, count: int) -> list[bytes]:
    """Each vector by itself. Raises `BadRequestError` unless all are of the store's dimension, and finite."""
    from .scoring import numbers  # with it numpy, which a server without vector stores never loads

    numbers(store, vectors, count)
    width = store.dimension * 4
    return [vectors[start : start + width] for start in range(0, count * width, width)]


def _found(connection: sqlite3.Connection, hits: Sequence[Hit]) -> list[Found]:
    chunks = rows.read(connection, [seq for seq, _ in hits])
    return [Found(chunks[seq], score) for seq, score in hits]
