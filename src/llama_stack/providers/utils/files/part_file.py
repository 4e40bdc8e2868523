"""A file on its way to disk: written beside the event loop, measured on the way, gone unless it is kept."""

import asyncio
import errno
import hashlib
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from ....apis.errors import OutOfSpaceError, StackError
from ....apis.transfer import PIECE_BYTES, Received, Upload, base_name
from .settled import in_thread

__all__ = ("PartFile", "disk_error", "remove_abandoned")

_SUFFIX = ".part"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_OLD_SECONDS = 24 * 3600  # where files cannot be locked, one that was not written to for so long is abandoned


class PartFile:
    """A file that is being received. While it is, it is locked: so a sweep, of any process, knows that it is alive."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self.path = path
        self.size = 0
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    @classmethod
    async def create(cls, folder: Path | None) -> Self:
        """A new file in `folder`, which is made when absent; None: the system's folder for temporary files."""
        made: list[Self] = []
        try:
            await in_thread(lambda: made.append(cls(*_create(folder))))
        except OSError as error:
            raise disk_error(folder or Path(tempfile.gettempdir()), error) from error
        except asyncio.CancelledError:
            for part in made:
                part.discard()
            raise
        return made[0]

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def write(self, piece: bytes) -> None:
        """Take more bytes. Small pieces go to disk together."""
        self._waiting.append(piece)
        self._waiting_bytes += len(piece)
        self.size += len(piece)
        if self._waiting_bytes >= PIECE_BYTES:
            await self._flush()

    async def finish(self) -> None:
        """All bytes are here: they are with the operating system now."""
        await self._flush()

    def upload(self, filename: str | None, content_type: str | None) -> Upload:
        """What was received, for a method to read, or to move away."""
        received = Received(self.path, self.size, self.sha256)
        return Upload.from_path(self.path, base_name(filename or ""), content_type=content_type, received=received)

    def discard(self) -> None:
        """Let go. What was not moved away is gone. Safe to call twice."""
        if self._descriptor >= 0:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    async def _flush(self) -> None:
        pieces, self._waiting, self._waiting_bytes = self._waiting, [], 0
        try:
            await in_thread(self._put, b"".join(pieces))
        except OSError as error:
            raise disk_error(self.path.parent, error) from error

    def _put(self, data: bytes) -> None:
        self._hash.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


def disk_error(place: Path, error: OSError) -> StackError:
    """What the disk says, as an error that says what to do."""
    if error.errno in _FULL:
        return OutOfSpaceError(f"there is no room left in {place}; free some space")
    return StackError(f"{place} cannot be written: {error.strerror or error}", code="storage_failed")


def remove_abandoned(folder: Path) -> int:
    """Remove the files that nobody is writing any more: their process has died. Says how many there were."""
    abandoned = [path for path in folder.glob(f"*{_SUFFIX}") if _is_abandoned(path)]
    for path in abandoned:
        path.unlink(missing_ok=True)
    return len(abandoned)


def _create(folder: Path | None) -> tuple[int, Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor, name = tempfile.mkstemp(_SUFFIX, "upload-", folder)
        _lock(descriptor)
        if os.fstat(descriptor).st_nlink:  # else a sweep came between
            return descriptor, Path(name)
        os.close(descriptor)


def _is_old(path: Path) -> bool:
    return path.stat().st_mtime < time.time() - _OLD_SECONDS


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        """A file that is open cannot be removed there."""

    def _is_abandoned(path: Path) -> bool:
        return _is_old(path)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        with suppress(OSError):  # some network file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _is_abandoned(path: Path) -> bool:
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (FileNotFoundError, BlockingIOError):  # it has ended meanwhile; it is being written
            return False
        except OSError:
            return _is_old(path)
        return True
