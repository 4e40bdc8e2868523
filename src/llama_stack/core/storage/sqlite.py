"""SQLite off the event loop: one writer thread per file, readers beside it.

Writes that wait while another is on its way to disk go together in the next transaction, and share its fsync.
Every store of this process that lives in the same file shares one writer; other processes may use the file at
the same time. Do not open one before a fork and use it after.
"""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from .connect import MEMORY, connect, prepare
from .errors import storage_failure

__all__ = ("Database", "database")

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_READERS = 2  # threads that read one file
_GROUP = 512  # writes that share a transaction, at most

_open: dict[Path | str, "Database"] = {}
_opening = threading.Lock()


@asynccontextmanager
async def database(place: Path | str | None) -> AsyncIterator["Database"]:
    """The database in the file at `place`, shared with whoever in this process has it open.

    A text names one in memory, shared likewise and forgotten with its last user; None: a new one, in memory.
    """
    held = await asyncio.to_thread(_acquire, place)
    try:
        yield held
    finally:
        await asyncio.to_thread(_release, held)


def _acquire(place: Path | str | None) -> "Database":
    if place is None:
        return Database(None)
    key = place.resolve() if isinstance(place, Path) else place
    with _opening:
        held = _open.get(key) or Database(key if isinstance(key, Path) else None, key)
        _open[key] = held
        held.users += 1
        return held


def _release(held: "Database") -> None:
    with _opening:
        held.users -= 1
        if held.users > 0:
            return
        if held.key is not None:
            del _open[held.key]
        held.close()


class Database:
    """One SQLite file, or one database in memory. Use `database()` to open it."""

    def __init__(self, path: Path | None, key: Path | str | None = None) -> None:
        self.path = path
        self.key = key  # by which others in this process find it
        self.users = 0
        self.place = str(path or MEMORY)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._writer = prepare(path)
        self._readers = ThreadPoolExecutor(_READERS, "sqlite-read")
        self._own = threading.local()
        self._reading: list[sqlite3.Connection] = []
        # A daemon: an application that forgets to close must still be able to end.
        self._thread = threading.Thread(target=self._write_on, name="sqlite-write", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, then close. Blocks."""
        self._jobs.put(None)
        self._thread.join()
        self._readers.shutdown()
        for connection in (*self._reading, self._writer):  # the writer last: it empties the WAL
            connection.close()

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction; returns once that is durable. Of failed work nothing remains."""
        loop = asyncio.get_running_loop()
        job = _Job(work, loop, loop.create_future())
        self._jobs.put(job)
        try:
            result: T = await job.future
        except sqlite3.Error as error:
            raise storage_failure(self.place, error) from error
        return result

    async def read(self, work: Work[T]) -> T:
        """Run `work`, which only reads, beside the writer; it sees all that is written."""
        if self.path is None:
            return await self.write(work)  # the connection is the database
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)
        except sqlite3.Error as error:
            raise storage_failure(self.place, error) from error

    def _read(self, work: Work[T]) -> T:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connect(self.path)
            connection.execute("PRAGMA query_only = ON")
            self._reading.append(connection)
        return work(connection)

    # ---- the writer thread

    def _write_on(self) -> None:
        while job := self._jobs.get():
            group, ended = self._group(job)
            self._commit(group)
            _tell(group)
            del job, group  # else the last answer stays until the next write
            if ended:
                return

    def _group(self, first: "_Job") -> tuple[list["_Job"], bool]:
        """The first job and those that wait behind it; True when closing waits behind them."""
        group = [first]
        with contextlib.suppress(Empty):
            while len(group) < _GROUP:
                job = self._jobs.get_nowait()
                if job is None:
                    return group, True
                group.append(job)
        return group, False

    def _commit(self, group: list["_Job"]) -> None:
        connection = self._writer
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                job.attempt(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:  # of the whole group: a full disk, a lock held for too long
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for job in group:
                job.error = error


class _Job:
    """Work for the writer, who waits for it, and how it ended."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Work[Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]) -> None:
        self.work = work
        self.loop = loop
        self.future = future
        self.result: Any = None
        self.error: Exception | None = None

    def attempt(self, connection: sqlite3.Connection) -> None:
        """Do the work; where it fails, undo it and leave the rest of the group as it is."""
        connection.execute("SAVEPOINT job")
        try:
            self.result = self.work(connection)
        except Exception as error:
            if not connection.in_transaction:  # SQLite gave the whole transaction up
                raise
            self.error = error
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def settle(self) -> None:
        """Hand the outcome to who waits, unless they left."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def _tell(group: list[_Job]) -> None:
    """Wake the waiting, once for each event loop."""
    for loop in {job.loop for job in group}:
        jobs = [job for job in group if job.loop is loop]
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        job.settle()
