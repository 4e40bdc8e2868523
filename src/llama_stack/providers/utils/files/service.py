"""OpenAI's Files API over any place that keeps bytes."""

import asyncio
import logging
import mimetypes
import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from ....apis.common import Deleted, Order
from ....apis.errors import BadRequestError, StackError, TooLargeError, UnavailableError
from ....apis.files import ExpiresAfter, File, FileList, FilePurpose
from ....apis.providers import Health
from ....apis.transfer import Download, Intake, Upload
from ....core.storage.sqlstore import SqlStore
from .blobs import Blobs, Facts, Stored
from .config import FilesProviderConfig
from .copied import copied
from .settled import settled
from .table import FileRow, FileTable

__all__ = ("FileService",)

log = logging.getLogger(__name__)

_BATCH_SECONDS = 30 * 24 * 3600  # what OpenAI gives the files of batches
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;[ -~]*)?", re.ASCII)
_UNKNOWN_TYPE = "application/octet-stream"


class FileService:
    """Implements the Files API: the table says what there is, `blobs` keeps the bytes.

    Where the config lacks something, `missing` says what: no bytes come or go then.
    """

    def __init__(
        self,
        provider_id: str,
        config: FilesProviderConfig,
        store: SqlStore,
        blobs: Blobs,
        *,
        missing: str | None = None,
    ) -> None:
        self.provider_id, self.config, self.blobs, self.missing = provider_id, config, blobs, missing
        self._store = store
        self._table = FileTable(store, config.metadata_store.table_name, provider_id)
        self._held = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            await opening.enter_async_context(self.blobs)
            await opening.enter_async_context(self._store)
            await self._table.open()
            sweeper = asyncio.create_task(self._sweep_on(), name=f"sweep {self.provider_id}")
            opening.push_async_callback(_stop, sweeper)
            self._held = opening.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._held.aclose()

    async def health(self) -> Health:
        return Health(state="unconfigured", reason=self.missing) if self.missing else Health(state="ready")

    @property
    def intake(self) -> Intake:
        limit = f"max_file_bytes of {self.provider_id}"
        return replace(self.blobs.intake, max_bytes=self.config.max_file_bytes, limit=limit)

    # ---- the Files API

    async def upload_file(self, file: Upload, purpose: FilePurpose, expires_after: ExpiresAfter | None = None) -> File:
        """Any purpose is taken: what the stack itself makes has its own."""
        self._check_configured()
        self._check_size(file)
        row = self._new_row(file, purpose, expires_after)
        kept = row
        try:
            await settled(self._table.begin(row))
            kept = _kept(row, await self.blobs.put(row.blob_key, self._measured(file), _facts(row)))
            if not kept.size:
                raise _empty()
            await settled(self._table.finish(row.id, kept))
        except BaseException:
            await asyncio.shield(self._give_up(row.id, kept.blob_key))
            raise
        return _shown(kept)

    async def list_files(
        self,
        after: str | None = None,
        limit: int = 10_000,
        order: Order = "desc",
        purpose: FilePurpose | None = None,
    ) -> FileList:
        rows = await self._table.page(after, limit + 1, order, purpose)
        data = [_shown(row) for row in rows[:limit]]
        return FileList(
            data=data,
            first_id=data[0].id if data else None,
            last_id=data[-1].id if data else None,
            has_more=len(rows) > limit,
        )

    async def get_file(self, file_id: str) -> File:
        return _shown(await self._table.get(file_id))

    async def delete_file(self, file_id: str) -> Deleted:
        self._check_configured()
        row = await self._table.hide(file_id)
        await self._remove(row.id, row.blob_key)
        return Deleted(id=file_id, object="file")

    async def get_file_content(self, file_id: str) -> Download:
        self._check_configured()
        row = await self._table.get(file_id)
        return Download(
            lambda start, stop: self.blobs.read(row.blob_key, start, stop),
            row.size,
            filename=row.filename,
            media_type=row.media_type,
            etag=row.sha256,
            modified=row.created_at,
        )

    # ---- for the stack itself

    @asynccontextmanager
    async def local_path(self, file_id: str) -> AsyncIterator[Path]:
        """A path at which to read a file while the block lasts: its own where it lies on this machine, else a copy."""
        download = await self.get_file_content(file_id)
        row = await self._table.get(file_id)
        if own := self.blobs.local_path(row.blob_key):
            yield own
            return
        async with copied(download) as copy:
            yield copy

    async def sweep(self) -> None:
        """Remove the bytes of what is deleted, has expired, or was left unfinished."""
        if self.missing:
            return
        await self.blobs.sweep()
        for row in await self._table.doomed():
            await self._remove(row.id, row.blob_key)

    # ---- parts

    def _new_row(self, file: Upload, purpose: FilePurpose, expires_after: ExpiresAfter | None) -> FileRow:
        now, key = time.time(), f"file-{uuid.uuid4().hex}"
        lasts = expires_after.seconds if expires_after else self.config.ttl_secs
        if lasts is None and purpose == "batch":
            lasts = _BATCH_SECONDS
        expires_at = int(now) + lasts if lasts else None
        return FileRow(key, key, file.filename, purpose, _media_type(file), 0, "", int(now * 1e6), expires_at)

    def _check_configured(self) -> None:
        if self.missing:
            raise UnavailableError(f"{self.provider_id}: {self.missing}")

    def _check_size(self, file: Upload) -> None:
        if file.size == 0:
            raise _empty()
        most = self.config.max_file_bytes
        if most is not None and file.size is not None and file.size > most:
            raise _too_large(self.intake)

    def _measured(self, file: Upload) -> Upload:
        """The same file, which is refused where it turns out to be too large."""
        intake = self.intake
        if file.size is not None or intake.max_bytes is None:
            return file
        return Upload(lambda: _limited(file, intake), file.filename, content_type=file.content_type)

    async def _give_up(self, row_id: str, blob_key: str) -> None:
        with suppress(StackError):  # the sweep comes back to it
            await self._table.give_up(row_id)
            await self._remove(row_id, blob_key)

    async def _remove(self, row_id: str, blob_key: str) -> None:
        """Remove a hidden file's bytes, and forget it. Where that fails, the next sweep tries again."""
        try:
            await self.blobs.delete(blob_key)
            await self._table.forget(row_id)
        except StackError as error:
            log.warning("the bytes of %s are still at %s: %s", row_id, self.provider_id, error)

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
            except StackError as error:
                log.warning("%s could not be cleared of what has expired: %s", self.provider_id, error)
            except Exception:  # a fault of ours: it must not end the sweeping, nor go unseen
                log.exception("sweeping %s failed", self.provider_id)
            await asyncio.sleep(self.config.sweep_interval_seconds)


async def _limited(file: Upload, intake: Intake) -> AsyncGenerator[bytes, None]:
    size = 0
    async for piece in file:
        size += len(piece)
        if intake.max_bytes is not None and size > intake.max_bytes:
            raise _too_large(intake)
        yield piece


def _too_large(intake: Intake) -> TooLargeError:
    return TooLargeError(f"the file is larger than {intake.max_bytes} bytes ({intake.limit})", param="file")


def _empty() -> BadRequestError:
    return BadRequestError("file: the file is empty", param="file", code="empty_file")


def _media_type(file: Upload) -> str:
    """What the upload says, if that is a type, else what its name lets one think."""
    said = file.content_type or ""
    if _MEDIA_TYPE.fullmatch(said):
        return said
    return mimetypes.guess_type(file.filename)[0] or _UNKNOWN_TYPE


def _kept(row: FileRow, stored: Stored) -> FileRow:
    name = stored.own_id or row.id
    return replace(row, id=name, blob_key=name, size=stored.size, sha256=stored.sha256)


def _facts(row: FileRow) -> Facts:
    return Facts(row.purpose, row.created_at, row.expires_at)


def _shown(row: FileRow) -> File:
    return File(
        id=row.id,
        bytes=row.size,
        created_at=row.created_at,
        expires_at=row.expires_at,
        filename=row.filename,
        purpose=row.purpose,
    )


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
