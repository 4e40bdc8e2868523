"""Reads and writes of stores' rows."""

import time
from collections.abc import Sequence

import msgspec

from ...apis.common import Order
from ...apis.errors import NotFoundError
from ..storage.ownership import VISIBLE, viewer
from ..storage.sqlstore import Row, SqlStore, Statement
from ..storage.sqlstore.page import PageQuery
from .rows import StoreRow

__all__ = ("StoreTable",)

_COLUMNS = ", ".join(StoreRow.__struct_fields__)
_MINE = f"SELECT {_COLUMNS} FROM vector_stores WHERE {VISIBLE}"


class StoreTable:
    """The stores that the caller may see, but where it says otherwise."""

    def __init__(self, sql: SqlStore) -> None:
        self._sql = sql

    def added(self, store: StoreRow) -> Statement:
        """The row of a new store; it is needed, and gives nothing where there is a store of this id."""
        marks = ", ".join("?" * len(StoreRow.__struct_fields__))
        insert = f"INSERT INTO vector_stores ({_COLUMNS}) VALUES ({marks}) ON CONFLICT (id) DO NOTHING RETURNING id"
        fields = {**msgspec.structs.asdict(store), "metadata": msgspec.json.encode(store.metadata)}
        return Statement(insert, tuple(fields.values()), needed=True)

    async def get(self, store_id: str) -> StoreRow:
        """The store of this id. Raises `NotFoundError`."""
        rows = await self._sql.rows(f"{_MINE} AND id = ?", *viewer(), store_id)
        if not rows:
            raise NotFoundError(f"no vector store has the id {store_id!r}", param="vector_store_id")
        return _row(rows[0])

    async def page(self, *, limit: int, order: Order, after: str | None, before: str | None) -> list[StoreRow]:
        """Up to `limit` stores, in order of creation."""
        query = PageQuery(_MINE, list(viewer()))
        query.between(order, await self._place("after", after), await self._place("before", before))
        sql, values = query.limited(order, limit)
        return query.in_order([_row(row) for row in await self._sql.rows(sql, *values)])

    async def _place(self, name: str, store_id: str | None) -> int | None:
        if store_id is None:
            return None
        statement = f"SELECT sequence FROM vector_stores WHERE {VISIBLE} AND id = ?"
        rows = await self._sql.rows(statement, *viewer(), store_id)
        if not rows:
            raise NotFoundError(f"{name}: no vector store has the id {store_id!r}", param=name)
        return int(rows[0][0])

    async def change(self, store_id: str, **fields: object) -> None:
        """Set columns."""
        sets = ", ".join(f"{name} = ?" for name in fields)
        await self._sql.write(Statement(f"UPDATE vector_stores SET {sets} WHERE id = ?", (*fields.values(), store_id)))

    async def usage(self, store_ids: Sequence[str]) -> dict[str, list[tuple[str, int, int]]]:
        """Store → (status, files, bytes) for each status that its files have."""
        found: dict[str, list[tuple[str, int, int]]] = {each: [] for each in store_ids}
        if store_ids:
            statement = (
                "SELECT store_id, status, COUNT(*), CAST(SUM(usage_bytes) AS BIGINT) FROM vector_store_files"
                f" WHERE store_id IN ({', '.join('?' * len(store_ids))}) GROUP BY store_id, status"
            )
            for store_id, status, files, size in await self._sql.rows(statement, *store_ids):
                found[store_id].append((status, files, size))
        return found

    async def remove(self, store: StoreRow) -> None:
        """Forget a store; what its index holds is a leftover from then on."""
        of_store = ("vector_store_files", "vector_store_batch_files", "vector_store_batches", "vector_store_expiring")
        await self._sql.write(
            Statement(
                "INSERT INTO vector_store_leftovers VALUES (?, ?, '') ON CONFLICT DO NOTHING",
                (store.provider_id, store.index_id),
            ),
            *(Statement(f"DELETE FROM {table} WHERE store_id = ?", (store.id,)) for table in of_store),
            Statement("DELETE FROM vector_stores WHERE id = ?", (store.id,)),
        )

    async def everyones(self) -> list[StoreRow]:
        """All stores, whoever's they are: for upkeep, never for a caller."""
        return [_row(row) for row in await self._sql.rows(f"SELECT {_COLUMNS} FROM vector_stores ORDER BY sequence")]

    # ---- chunks that live for a while

    async def set_expiry(self, store_id: str, chunk_ids: Sequence[str], ttl_seconds: int | None) -> None:
        """When chunks expire; None: not at all."""
        forget = "DELETE FROM vector_store_expiring WHERE store_id = ? AND chunk_id = ?"
        statements = [Statement(forget, rows=[(store_id, each) for each in chunk_ids])]
        if ttl_seconds is not None:
            until = int(time.time()) + ttl_seconds
            keep = "INSERT INTO vector_store_expiring (store_id, chunk_id, expires_at) VALUES (?, ?, ?)"
            statements.append(Statement(keep, rows=[(store_id, each, until) for each in chunk_ids]))
        await self._sql.write(*statements)

    async def expired_chunks(self, store_id: str) -> list[str]:
        statement = "SELECT chunk_id FROM vector_store_expiring WHERE store_id = ? AND expires_at <= ?"
        return [row[0] for row in await self._sql.rows(statement, store_id, int(time.time()))]


def _row(row: Row) -> StoreRow:
    return StoreRow(*(*row[:-1], msgspec.json.decode(row[-1])))
