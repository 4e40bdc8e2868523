"""A bounded queue whose items are written in groups behind whoever puts them, and can be read meanwhile."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Self, TypeVar

from ...apis.errors import StackError

__all__ = ("WriteBehind",)

log = logging.getLogger(__name__)

T = TypeVar("T")

_PAUSE_SECONDS = 0.01  # between two writes, so that a busy server writes groups
_RETRY_SECONDS = 1.0  # after a write that failed


class WriteBehind(Generic[T]):
    """Items by key, handed to `write` in order; of two with one key the later one stays.

    Bounded in items and bytes: when it is full, `put` waits, or raises while writes fail. A failed group stays
    queued and is tried again each second.
    """

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]], *, max_items: int, max_bytes: int) -> None:
        self._write = write
        self._max_items = max_items
        self._max_bytes = max_bytes
        self._queued: dict[str, tuple[T, int]] = {}
        self._writing: dict[str, tuple[T, int]] = {}
        self._bytes = 0  # of both
        self._failure: Exception | None = None
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._flushing: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write_on(), name="write-behind")
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self.flush()
        except Exception as error:
            lost = f"what was queued is lost ({len(self)} in number): {error}"
            raise StackError(lost, code="storage_failed") from error
        finally:
            await self._end()

    def __len__(self) -> int:
        """How many items wait, or are on their way."""
        return len(self._queued) + len(self._writing)

    def get(self, key: str) -> T | None:
        """The newest item of this key that is not written yet."""
        held = self._queued.get(key) or self._writing.get(key)
        return None if held is None else held[0]

    async def put(self, key: str, item: T, size: int) -> None:
        """Queue an item of `size` bytes. While there is room it does not suspend."""
        while self._full(size):
            await self._until_room()
        if self._task is None:
            raise StackError(f"{key!r} cannot be stored: the store is closed", code="storage_failed")
        if (older := self._queued.pop(key, None)) is not None:
            self._bytes -= older[1]
        self._queued[key] = (item, size)
        self._bytes += size
        self._wake.set()

    async def flush(self) -> None:
        """Return once all that is queued now is written. Raises what keeps it from being written."""
        if not len(self):
            return
        flushed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flushing.append(flushed)
        self._wake.set()
        await flushed

    def _full(self, size: int) -> bool:
        return len(self) >= self._max_items or (self._bytes > 0 and self._bytes + size > self._max_bytes)

    async def _until_room(self) -> None:
        if self._failure is not None:
            raise StackError(f"the queue is full and cannot be written: {self._failure}", code="storage_failed")
        self._room.clear()
        await self._room.wait()

    async def _write_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            flushing, self._flushing = self._flushing, []
            await self._write_queued()
            _settle(flushing, self._failure)
            self._room.set()
            if self._failure is None:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                await asyncio.sleep(_RETRY_SECONDS)
                self._wake.set()

    async def _write_queued(self) -> None:
        """One write of all that is queued; where it fails, everything is queued as before."""
        self._writing, self._queued = self._queued, {}
        try:
            await self._write([item for item, _ in self._writing.values()])
        except Exception as error:
            if self._failure is None:
                log.error("%d items wait to be written, and are tried again each second: %s", len(self), error)
            self._failure = error
            self._queued = {**self._writing, **self._queued}
        else:
            self._failure = None
        self._writing = {}
        self._bytes = sum(size for _, size in self._queued.values())

    async def _end(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _settle(waiting: list[asyncio.Future[None]], failure: Exception | None) -> None:
    for future in waiting:
        if future.done():  # who waited has left
            continue
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
