"""Reads and writes of the rows of files and batches. Who may see a store may see its files."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ...apis.common import Order
from ...apis.errors import NotFoundError
from ..storage.sqlstore import Row, SqlStore, Statement
from ..storage.sqlstore.page import PageQuery
from .rows import BatchRow, FileRow, StoreRow

__all__ = ("FileTable",)

_COLUMNS = ", ".join(FileRow.__struct_fields__)
_OF_STORE = "SELECT {columns} FROM vector_store_files f WHERE f.store_id = ?"
_OF_BATCH = (
    "SELECT {columns} FROM vector_store_files f"
    " JOIN vector_store_batch_files b ON b.store_id = f.store_id AND b.file_id = f.file_id WHERE b.batch_id = ?"
)
_PREFIXED = ", ".join(f"f.{name}" for name in FileRow.__struct_fields__)
_LEFT_OVER = (
    "INSERT INTO vector_store_leftovers SELECT s.provider_id, s.index_id, f.document_id FROM vector_store_files f"
    " JOIN vector_stores s ON s.id = f.store_id WHERE f.store_id = ? AND f.file_id = ? ON CONFLICT DO NOTHING"
)


class FileTable:
    """The files of stores."""

    def __init__(self, sql: SqlStore) -> None:
        self._sql = sql

    def added(self, file: FileRow) -> list[Statement]:
        """The row of a file. One that was attached before starts afresh; its earlier chunks are leftovers."""
        columns = FileRow.__struct_fields__
        fields = msgspec.structs.asdict(file)
        fields |= {name: msgspec.json.encode(fields[name]) for name in ("attributes", "chunking")}
        sets = ", ".join(f"{name} = excluded.{name}" for name in columns[2:])
        insert = f"INSERT INTO vector_store_files ({_COLUMNS}) VALUES ({', '.join('?' * len(columns))})"
        return [
            Statement(_LEFT_OVER, (file.store_id, file.file_id)),
            Statement(f"{insert} ON CONFLICT (store_id, file_id) DO UPDATE SET {sets}", tuple(fields.values())),
        ]

    async def get(self, store_id: str, file_id: str) -> FileRow:
        """The file of this id in a store. Raises `NotFoundError`."""
        found = await self._found(f"{_OF_STORE.format(columns=_PREFIXED)} AND f.file_id = ?", store_id, file_id)
        if not found:
            raise NotFoundError(f"the vector store {store_id!r} holds no file {file_id!r}", param="file_id")
        return found[0]

    async def by_document(self, store_id: str, document_ids: Sequence[str]) -> dict[str, FileRow]:
        """Document id → file, of those that are there."""
        if not document_ids:
            return {}
        among = f"f.document_id IN ({', '.join('?' * len(document_ids))})"
        rows = await self._found(f"{_OF_STORE.format(columns=_PREFIXED)} AND {among}", store_id, *document_ids)
        return {row.document_id: row for row in rows}

    async def page(
        self,
        store_id: str,
        *,
        batch_id: str | None = None,
        limit: int,
        order: Order,
        after: str | None,
        before: str | None,
        status: str | None,
    ) -> list[FileRow]:
        """Up to `limit` files of a store, or of one of its batches, in order of attachment."""
        source, of = (_OF_STORE, store_id) if batch_id is None else (_OF_BATCH, batch_id)
        query = PageQuery(source.format(columns=_PREFIXED), [of], "f.sequence")
        if status is not None:
            query.also("f.status = ?", status)
        places = [await self._place(store_id, name, given) for name, given in (("after", after), ("before", before))]
        query.between(order, *places)
        sql, values = query.limited(order, limit)
        return query.in_order(await self._found(sql, *values))

    async def _place(self, store_id: str, name: str, file_id: str | None) -> int | None:
        if file_id is None:
            return None
        rows = await self._sql.rows(f"{_OF_STORE.format(columns='f.sequence')} AND f.file_id = ?", store_id, file_id)
        if not rows:
            raise NotFoundError(f"{name}: the vector store holds no file {file_id!r}", param=name)
        return int(rows[0][0])

    async def set_attributes(self, file: FileRow, attributes: Mapping[str, Any]) -> None:
        statement = "UPDATE vector_store_files SET attributes = ? WHERE document_id = ?"
        await self._sql.write(Statement(statement, (msgspec.json.encode(attributes), file.document_id)))

    def ended(
        self, document_id: str, status: str, *, usage_bytes: int = 0, error: tuple[str, str] | None = None
    ) -> Statement:
        """The end of a file's ingestion. It is needed, and gives a row only if the file still waits for its end."""
        return Statement(
            "UPDATE vector_store_files SET status = ?, usage_bytes = ?, error_code = ?, error_message = ?"
            " WHERE document_id = ? AND status = 'in_progress' RETURNING file_id",
            (status, usage_bytes, *(error or (None, None)), document_id),
            needed=True,
        )

    async def remove(self, file: FileRow) -> None:
        """Take a file out of its store; its chunks are leftovers from then on."""
        where = "WHERE store_id = ? AND file_id = ?"
        await self._sql.write(
            Statement(_LEFT_OVER, (file.store_id, file.file_id)),
            *(
                Statement(f"DELETE FROM {table} {where}", (file.store_id, file.file_id))
                for table in ("vector_store_batch_files", "vector_store_files")
            ),
        )

    async def everyones(self, store: StoreRow) -> list[FileRow]:
        """All files of a store."""
        return await self._found(f"{_OF_STORE.format(columns=_PREFIXED)} ORDER BY f.sequence", store.id)

    async def _found(self, sql: str, *values: object) -> list[FileRow]:
        return [_row(row) for row in await self._sql.rows(sql, *values)]

    # ---- batches

    def added_batch(self, batch: BatchRow, file_ids: Sequence[str]) -> list[Statement]:
        columns = ", ".join(BatchRow.__struct_fields__)
        members = [(batch.id, file_id, batch.store_id) for file_id in file_ids]
        return [
            Statement(
                f"INSERT INTO vector_store_batches ({columns}) VALUES (?, ?, ?, ?)", msgspec.structs.astuple(batch)
            ),
            Statement(
                "INSERT INTO vector_store_batch_files (batch_id, file_id, store_id) VALUES (?, ?, ?)", rows=members
            ),
        ]

    async def batch(self, store_id: str, batch_id: str) -> BatchRow:
        """The batch of this id. Raises `NotFoundError`."""
        columns = ", ".join(BatchRow.__struct_fields__)
        statement = f"SELECT {columns} FROM vector_store_batches WHERE id = ? AND store_id = ?"
        rows = await self._sql.rows(statement, batch_id, store_id)
        if not rows:
            raise NotFoundError(f"the vector store {store_id!r} has no file batch {batch_id!r}", param="batch_id")
        return BatchRow(*rows[0])

    async def batch_counts(self, batch_id: str) -> dict[str, int]:
        """Status → how many of a batch's files have it."""
        counted = _OF_BATCH.format(columns="f.status, COUNT(*)")
        return dict(await self._sql.rows(f"{counted} GROUP BY f.status", batch_id))

    async def cancel_batch(self, batch: BatchRow) -> list[str]:
        """End the files that wait for their end; what is done stays. The ids of those that were ended."""
        _, cancelled = await self._sql.write(
            Statement("UPDATE vector_store_batches SET cancelled = 1 WHERE id = ?", (batch.id,)),
            Statement(
                "UPDATE vector_store_files SET status = 'cancelled' WHERE store_id = ? AND status = 'in_progress'"
                " AND file_id IN (SELECT file_id FROM vector_store_batch_files WHERE batch_id = ?) RETURNING file_id",
                (batch.store_id, batch.id),
            ),
        )
        return [row[0] for row in cancelled]


def _row(row: Row) -> FileRow:
    return FileRow(*(*row[:-2], *map(msgspec.json.decode, row[-2:])))
