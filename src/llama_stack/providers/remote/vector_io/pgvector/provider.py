"""Vector stores in PostgreSQL, with the pgvector extension."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

import asyncpg
from typing_extensions import override

from .....apis.errors import UnavailableError
from .....apis.providers import Health
from .....apis.vector_io.filters import Comparison, Compound
from .....apis.vector_io.index import Found, IndexedChunk, StoreSpec, VectorIndex
from .....core.storage.postgres import Postgres
from ....utils.vectors.contract import check_same, no_store
from ....utils.vectors.numbers import packed, rows
from ....utils.vectors.words import asked
from .config import IvfFlat, PgvectorConfig
from .rows import as_attributes, as_row, from_row
from .searches import by_words, fitting, found, nearest, settings
from .tables import COLUMNS, STORES, Extension, Table, check_dimension, open_schema

__all__ = ("Pgvector",)

T = TypeVar("T")
_BATCH = 500  # rows of an upsert that go to the server at a time
_WRITE_SECONDS = 120.0  # for a batch
_BUILD_SECONDS = 3600.0  # for an index
_CHUNKS_PER_LIST = 50
_FEW = 10_000  # rows that are compared in the time that a search of the index takes


class Pgvector(VectorIndex):
    """Vector stores in PostgreSQL, which several servers may share: what one wrote, the others find at once.

    Searches by vector use an HNSW or IVFFlat index, and go on until enough rows fit the filter; where the index gives
    up before, every row that fits is compared. Searches by keyword use PostgreSQL's full-text index.
    """

    def __init__(self, config: PgvectorConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        self.db = Postgres(config)
        self._extension: Extension | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        if not self.config.missing:
            await self.db.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        if not self.config.missing:
            await self.db.__aexit__(*exc)

    async def health(self) -> Health:
        if missing := self.config.missing:
            return Health(state="unconfigured", reason=missing)
        await self._opened()
        await self.db.rows("SELECT 1")
        return Health(state="ready")

    # ---- stores

    @override
    async def create_store(self, store: StoreSpec) -> None:
        check_dimension(store)
        table = Table(store, await self._opened())

        async def make(connection: Any) -> None:
            insert = f"INSERT INTO {STORES} VALUES ($1, $2, $3) ON CONFLICT (store_id) DO NOTHING RETURNING store_id"
            if await connection.fetchval(insert, store.store_id, store.dimension, store.metric) is None:
                check_same(store, (await self._table(connection, store.store_id)).store)
                return
            for statement in table.created():
                await connection.execute(statement)
            if not isinstance(self.config.vector_index, IvfFlat) and (index := table.index(self.config.vector_index)):
                await connection.execute(index)

        await self.db.write(make)

    @override
    async def delete_store(self, store_id: str) -> bool:
        extension = await self._opened()

        async def drop(connection: Any) -> bool:
            delete = f"DELETE FROM {STORES} WHERE store_id = $1 RETURNING dimension"
            if (dimension := await connection.fetchval(delete, store_id)) is None:
                return False
            await connection.execute(f"DROP TABLE IF EXISTS {Table(StoreSpec(store_id, dimension), extension).name}")
            return True

        return await self.db.write(drop)

    @override
    async def list_stores(self) -> list[StoreSpec]:
        await self._opened()
        return [StoreSpec(*row) for row in await self.db.rows(f"SELECT * FROM {STORES} ORDER BY store_id")]

    # ---- chunks

    @override
    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        async def put(connection: Any, table: Table) -> None:
            values = [as_row(*each) for each in zip(chunks, rows(table.store, vectors, len(chunks)), strict=True)]
            for start in range(0, len(values), _BATCH):
                await connection.executemany(_put(table), values[start : start + _BATCH], timeout=_WRITE_SECONDS)

        await self._within(store_id, put)
        if isinstance(self.config.vector_index, IvfFlat):
            await self._within(store_id, self._index_when_due)

    @override
    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        if document_id is None and chunk_ids is None:
            return 0
        those = "($1::text IS NULL OR document_id = $1) AND ($2::text[] IS NULL OR chunk_id = ANY($2))"

        async def delete(connection: Any, table: Table) -> int:
            said = await connection.execute(f"DELETE FROM {table.name} WHERE {those}", document_id, chunk_ids)
            return int(said.rpartition(" ")[2])  # "DELETE 3"

        return await self._within(store_id, delete)

    @override
    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        async def update(connection: Any, table: Table) -> None:
            change = f"UPDATE {table.name} SET attributes = $2, attributes_as_given = $3 WHERE document_id = $1"
            await connection.execute(change, document_id, *as_attributes(attributes), timeout=_WRITE_SECONDS)

        await self._within(store_id, update)

    @override
    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        vector = "embedding::real[]" if with_vectors else "NULL::real[]"

        async def read(connection: Any, table: Table) -> list[Any]:
            query = (
                f"SELECT {COLUMNS}, {vector} AS numbers FROM {table.name}"
                " WHERE document_id = $1 AND position > $2 ORDER BY position, chunk_id LIMIT $3"
            )
            page: list[Any] = await connection.fetch(query, document_id, after, limit)
            return page

        page = await self._within(store_id, read)
        return [from_row(row) for row in page], b"".join(packed(row["numbers"]) for row in page if with_vectors)

    @override
    async def count(self, store_id: str) -> int:
        async def ask(connection: Any, table: Table) -> int:
            return int(await connection.fetchval(f"SELECT count(*) FROM {table.name}"))

        return await self._within(store_id, ask)

    @override
    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        async def read(connection: Any, table: Table) -> dict[str, bytes]:
            query = f"SELECT chunk_id, embedding::real[] AS numbers FROM {table.name} WHERE chunk_id = ANY($1)"
            return {row["chunk_id"]: packed(row["numbers"]) for row in await connection.fetch(query, chunk_ids)}

        return await self._within(store_id, read)

    # ---- searches

    @override
    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        async def search(connection: Any, table: Table) -> list[Found]:
            query = nearest(table, rows(table.store, vector, 1)[0], limit, rule)
            near = [] if await _fit_few(connection, table, rule) else await connection.fetch(query.text, *query.values)
            if len(near) < limit:  # nobody asked the index, or it gave up early: compare every row that fits
                await connection.execute("SET LOCAL enable_indexscan = off")
                near = await connection.fetch(query.text, *query.values)
            return found(near, table.store.metric, limit)

        return await self._within(store_id, search, **settings(self.config.vector_index, rule))

    @override
    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        async def search(connection: Any, table: Table) -> list[Found]:
            query = by_words(table, words, limit, rule)
            matching = await connection.fetch(query.text, *query.values)
            return [Found(from_row(row), row["score"]) for row in matching]

        if not (words := asked(text)):
            await self.count(store_id)
            return []

        return await self._within(store_id, search)

    # ---- the database

    async def _opened(self) -> Extension:
        """See to the schema, at the first call: a server that is away then may be there at the next."""
        if missing := self.config.missing:
            raise UnavailableError(f"{self.provider_id} has no database: {missing}")
        async with self._opening:
            if self._extension is None:
                self._extension = await open_schema(self.db)
        return self._extension

    async def _within(self, store_id: str, work: Callable[[Any, Table], Awaitable[T]], **local: str) -> T:
        """Work in a transaction on a store's table. Raises `NotFoundError` when there is none."""
        await self._opened()

        async def run(connection: Any) -> T:
            table = await self._table(connection, store_id, **local)
            try:
                return await work(connection, table)
            except asyncpg.UndefinedTableError as gone:  # deleted in between
                raise no_store(self.provider_id, store_id) from gone

        return await self.db.write(run)

    async def _table(self, connection: Any, store_id: str, **local: str) -> Table:
        """A store's table; with it, in the same trip to the server, settings of the transaction are made."""
        made = "".join(f", set_config('{name}', '{value}', true)" for name, value in local.items())
        row = await connection.fetchrow(f"SELECT dimension, metric{made} FROM {STORES} WHERE store_id = $1", store_id)
        if row is None:
            raise no_store(self.provider_id, store_id)
        return Table(StoreSpec(store_id, row["dimension"], row["metric"]), await self._opened())

    async def _index_when_due(self, connection: Any, table: Table) -> None:
        """An IVFFlat index learns its centres from what is there when it is made: it has to wait for that."""
        kind = self.config.vector_index
        if not isinstance(kind, IvfFlat) or (statement := table.index(kind)) is None:
            return
        if await connection.fetchval("SELECT to_regclass($1)", table.index_name) is not None:
            return
        if await connection.fetchval(f"SELECT count(*) FROM {table.name}") >= kind.lists * _CHUNKS_PER_LIST:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", table.index_name)
            await connection.execute(statement, timeout=_BUILD_SECONDS)


async def _fit_few(connection: Any, table: Table, rule: Comparison | Compound | None) -> bool:
    """Whether a filter leaves so few rows that an index would miss some of them."""
    if rule is None:
        return False
    query = fitting(table, rule, _FEW + 1)
    return bool(await connection.fetchval(query.text, *query.values) <= _FEW)


def _put(table: Table) -> str:
    columns = f"{COLUMNS.replace('attributes_as_given', 'attributes, attributes_as_given')}, words, embedding"
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", ")[1:])
    values = ", ".join(f"${n}" for n in range(1, 9)) + ", $9::text::tsvector"
    return (
        f"INSERT INTO {table.name} ({columns}) VALUES ({values}, $10::real[]::{table.type})"
        f" ON CONFLICT (chunk_id) DO UPDATE SET {changed}"
    )
