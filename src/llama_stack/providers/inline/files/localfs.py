"""Files in a folder of this machine."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field
from typing_extensions import override

from ....apis.errors import NotFoundError
from ....apis.transfer import Intake, Upload, read_file
from ....core.storage.backends import SqlMemory
from ....core.storage.config import StorageConfig
from ....core.storage.storage import Storage
from ...utils.files.blobs import Blobs, Facts, Stored
from ...utils.files.config import FilesProviderConfig
from ...utils.files.part_file import PartFile, disk_error, remove_abandoned
from ...utils.files.service import FileService
from ...utils.files.settled import in_thread

__all__ = ("FolderBlobs", "LocalFiles", "LocalFilesConfig")

log = logging.getLogger(__name__)

_ARRIVING, _KEPT = "incoming", "blobs"


class LocalFilesConfig(FilesProviderConfig):
    storage_dir: Annotated[Path, AfterValidator(Path.expanduser)] | None = Field(
        default=None, description="the folder; left out, files are forgotten when the stack closes"
    )


class LocalFiles(FileService):
    """Files under `storage_dir`, whose bytes are found by their ids: a name never becomes a path."""

    def __init__(self, provider_id: str, config: LocalFilesConfig, storage: Storage) -> None:
        kept = config.storage_dir is not None
        store = (storage if kept else _in_memory()).sql(config.metadata_store.backend if kept else None)
        super().__init__(provider_id, config, store, FolderBlobs(config.storage_dir))
        if kept and not store.shared:
            message = "%s keeps files in %s, and what there is of them in memory: after a restart nobody finds them"
            log.warning(message, provider_id, config.storage_dir)


class FolderBlobs(Blobs):
    """Bytes in files. A file comes under its name once all of it is on disk, so what has a name is whole.

    Without a folder it makes one for as long as it is open.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    @override
    async def __aenter__(self) -> Self:
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="llama-stack-files-")
        folder = self._folder or Path(self._temporary.name if self._temporary else "")
        self._arriving, self._kept = folder / _ARRIVING, folder / _KEPT
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        if self._temporary is not None:
            await asyncio.to_thread(self._temporary.cleanup)

    @property
    @override
    def intake(self) -> Intake:
        return Intake(self._arriving)

    @override
    async def put(self, key: str, upload: Upload, facts: Facts) -> Stored:
        if (received := upload.received) and await self._move(received.path, key):
            return Stored(received.size, received.sha256)
        part = await PartFile.create(self._arriving)
        try:
            async for piece in upload:
                await part.write(piece)
            await part.finish()
            await self._move(part.path, key)
            return Stored(part.size, part.sha256)
        finally:
            part.discard()

    @override
    def read(self, key: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        return _found(read_file(self._path(key), start, stop), key)

    @override
    async def delete(self, key: str) -> None:
        try:
            await asyncio.to_thread(self._path(key).unlink, missing_ok=True)
        except OSError as error:
            raise disk_error(self._kept, error) from error

    @override
    async def sweep(self) -> None:
        try:
            removed = await asyncio.to_thread(remove_abandoned, self._arriving)
        except OSError as error:
            raise disk_error(self._arriving, error) from error
        if removed:
            log.info("removed the remains of %s uploads that broke off", removed)

    @override
    def local_path(self, key: str) -> Path:
        return self._path(key)

    def _path(self, key: str) -> Path:
        return self._kept / key[-2:] / key

    async def _move(self, source: Path, key: str) -> bool:
        """Bring a whole file under its name, durably; False when it lies on another disk."""
        try:
            return await in_thread(_move_durably, source, self._path(key))
        except OSError as error:
            raise disk_error(self._kept, error) from error


def _move_durably(source: Path, target: Path) -> bool:
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync(target.parent.parent)
    if source.stat().st_dev != target.parent.stat().st_dev:
        return False
    _sync(source)
    source.rename(target)
    _sync(target.parent)
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _found(pieces: AsyncGenerator[bytes, None], key: str) -> AsyncGenerator[bytes, None]:
    try:
        async for piece in pieces:
            yield piece
    except FileNotFoundError:
        raise NotFoundError(f"the bytes of {key} are gone", param="file_id") from None
    finally:
        await pieces.aclose()


def _in_memory() -> Storage:
    """For what is forgotten with its bytes."""
    return Storage(StorageConfig(backends={"sql_default": SqlMemory()}))
