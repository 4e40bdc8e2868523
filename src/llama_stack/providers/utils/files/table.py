"""The table of files: who handed in what, and until when it is there.

A row is `pending` before the first byte is kept, `ready` once all are durable, and `deleted` until they are removed:
so whatever a crash leaves is named by a row, and a sweep removes nothing that it does not know.
"""

import time
from dataclasses import astuple, dataclass

from ....apis.common import Order
from ....apis.errors import NotFoundError
from ....apis.files import FilePurpose
from ....core.storage.ownership import COLUMNS, VISIBLE, owner, viewer
from ....core.storage.sqlstore import SqlStore, Statement, UnmetError

__all__ = ("FileRow", "FileTable")

_FIELDS = "id, blob_key, filename, purpose, media_type, size, sha256, created_us, expires_at"
_UNFINISHED_SECONDS = 6 * 3600  # an upload that has not ended by then was abandoned


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file, as the table knows it."""

    id: str
    blob_key: str
    filename: str
    purpose: FilePurpose
    media_type: str
    size: int
    sha256: str
    created_us: int
    expires_at: int | None

    @property
    def created_at(self) -> int:
        return self.created_us // 1_000_000


class FileTable:
    """The files of one provider, in a table that several may share."""

    def __init__(self, store: SqlStore, name: str, provider_id: str) -> None:
        self._store, self._name, self._provider = store, name, provider_id
        self._mine = f"FROM {name} WHERE provider_id = ?"  # the config holds `name` to be one
        self._seen = f"{self._mine} AND state = 'ready' AND {VISIBLE} AND (expires_at IS NULL OR expires_at > ?)"

    async def open(self) -> None:
        name = self._name
        steps = (
            f"CREATE TABLE {name} (id <text> PRIMARY KEY, provider_id <text> NOT NULL, state <text> NOT NULL,"
            f" {COLUMNS},"
            " blob_key <text> NOT NULL, filename <text> NOT NULL, purpose <text> NOT NULL, media_type <text> NOT NULL,"
            " size BIGINT NOT NULL, sha256 <text> NOT NULL, created_us BIGINT NOT NULL, expires_at BIGINT)",
            f"CREATE INDEX {name}_by_time ON {name} (tenant, created_us, id)",
            f"CREATE INDEX {name}_by_expiry ON {name} (state, expires_at)",
        )
        await self._store.migrate(f"files/{name}", steps)

    async def begin(self, row: FileRow) -> None:
        """Write down that a file is coming."""
        sql = (
            f"INSERT INTO {self._name} ({_FIELDS}, provider_id, state, tenant, owner)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)"
        )
        await self._store.write(Statement(sql, (*astuple(row), self._provider, *owner())))

    async def finish(self, key: str, row: FileRow) -> None:
        """It has come: from now on it is seen."""
        sql = (
            f"UPDATE {self._name} SET state = 'ready', id = ?, blob_key = ?, size = ?, sha256 = ?"
            " WHERE id = ? AND state = 'pending' RETURNING id"
        )
        try:
            await self._store.write(Statement(sql, (row.id, row.blob_key, row.size, row.sha256, key), needed=True))
        except UnmetError:
            raise NotFoundError("the upload took so long that it was taken for abandoned; send it again") from None

    async def get(self, file_id: str) -> FileRow:
        rows = await self._store.rows(f"SELECT {_FIELDS} {self._seen} AND id = ?", *self._viewer(), file_id)
        if not rows:
            raise _not_found(file_id, "file_id")
        return FileRow(*rows[0])

    async def page(self, after: str | None, limit: int, order: Order, purpose: FilePurpose | None) -> list[FileRow]:
        """At most `limit` files behind `after`."""
        sign, direction = (">", "ASC") if order == "asc" else ("<", "DESC")
        where, values = self._seen, [*self._viewer()]
        if purpose is not None:
            where, values = f"{where} AND purpose = ?", [*values, purpose]
        if after is not None:
            where, values = f"{where} AND (created_us, id) {sign} (?, ?)", [*values, *await self._place(after)]
        sql = f"SELECT {_FIELDS} {where} ORDER BY created_us {direction}, id {direction} LIMIT ?"
        return [FileRow(*row) for row in await self._store.rows(sql, *values, limit)]

    async def _place(self, file_id: str) -> tuple[int, str]:
        rows = await self._store.rows(f"SELECT created_us, id {self._seen} AND id = ?", *self._viewer(), file_id)
        if not rows:
            raise _not_found(file_id, "after")
        return rows[0][0], rows[0][1]

    async def hide(self, file_id: str) -> FileRow:
        """Take a file out of sight; its bytes may still be there."""
        row = await self.get(file_id)
        sql = f"UPDATE {self._name} SET state = 'deleted' WHERE id = ? AND state = 'ready' RETURNING id"
        try:
            await self._store.write(Statement(sql, (file_id,), needed=True))
        except UnmetError:
            raise _not_found(file_id, "file_id") from None
        return row

    async def give_up(self, key: str) -> None:
        """The upload under this key failed: its bytes are for the sweep, if they cannot be removed now."""
        sql = f"UPDATE {self._name} SET state = 'deleted' WHERE id = ?"
        await self._store.write(Statement(sql, (key,)))

    async def forget(self, file_id: str) -> None:
        """The bytes are removed."""
        sql = f"DELETE FROM {self._name} WHERE id = ? AND state = 'deleted'"
        await self._store.write(Statement(sql, (file_id,)))

    async def doomed(self) -> list[FileRow]:
        """Take what has expired or was abandoned out of sight; all whose bytes are to be removed, of every owner."""
        now = time.time()
        expired = (
            f"UPDATE {self._name} SET state = 'deleted' WHERE provider_id = ? AND "
            "((state = 'ready' AND expires_at <= ?) OR (state = 'pending' AND created_us < ?))"
        )
        values = (self._provider, int(now), int((now - _UNFINISHED_SECONDS) * 1e6))
        await self._store.write(Statement(expired, values))
        rows = await self._store.rows(f"SELECT {_FIELDS} {self._mine} AND state = 'deleted'", self._provider)
        return [FileRow(*row) for row in rows]

    def _viewer(self) -> tuple[object, ...]:
        """The values of `_seen`."""
        return self._provider, *viewer(), int(time.time())


def _not_found(file_id: str, param: str) -> NotFoundError:
    return NotFoundError(f"there is no file {file_id!r}", param=param)
