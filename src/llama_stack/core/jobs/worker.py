"""Runs jobs in this process: leases what is due, keeps the leases alive, and ends each job as it went."""

import asyncio
import logging
import random
import time
import uuid
from dataclasses import dataclass

from ...apis.errors import StackError
from ..request_context import current
from ..storage.ownership import on_behalf_of
from ..storage.sqlstore import SqlStore
from .config import JobsConfig
from .contract import Ended, Handler, JobCancelledError, JobState, LeaseLostError
from .run import LeasedRun
from .table import JobTable
from .worker_name import is_dead, worker_name

__all__ = ("Kind", "Worker")

log = logging.getLogger(__name__)

_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 300.0
_PRUNE_SECONDS = 3600.0
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Kind:
    """Who runs a kind of jobs, and who is told when one has failed for good, or was cancelled."""

    run: Handler
    ended: Ended | None = None


@dataclass(slots=True)
class _Running:
    run: LeasedRun
    task: "asyncio.Task[None]"
    lost: bool = False  # another worker has it
    cancelled: bool = False  # its caller wants it to stop


class Worker:
    """As many jobs at a time as the config says. `start` and `stop` it from the same event loop."""

    def __init__(self, sql: SqlStore, table: JobTable, config: JobsConfig) -> None:
        self.kinds: dict[str, Kind] = {}
        self._sql, self._table, self._config = sql, table, config
        self._name = ""
        self._running: dict[str, _Running] = {}
        self._news = asyncio.Event()
        self._beat_now = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._name = worker_name()
        self._tasks = [
            asyncio.create_task(self._take_on(), name="jobs"),
            asyncio.create_task(self._keep(), name="leases"),
        ]

    async def stop(self) -> None:
        """Let running jobs go at their last checkpoint."""
        tasks, self._tasks = self._tasks, []
        for task in (*tasks, *(running.task for running in self._running.values())):
            task.cancel()
        await asyncio.gather(*tasks, *(running.task for running in self._running.values()), return_exceptions=True)

    def wake(self) -> None:
        self._news.set()

    def look_for_cancelled(self) -> None:
        self._beat_now.set()

    # ---- taking jobs on

    async def _take_on(self) -> None:
        pruned = 0.0
        while True:
            self._news.clear()
            try:
                if time.monotonic() - pruned > _PRUNE_SECONDS:
                    pruned = time.monotonic()
                    await self._table.prune(time.time() - self._config.retention_days * _DAY)
                while len(self._running) < self._config.concurrency and await self._begin_one():
                    pass
                pause = await self._pause()
            except StackError as error:
                log.warning("no jobs are taken on for now: %s", error)
                pause = self._config.poll_seconds
            await self._until_news(pause)

    async def _begin_one(self) -> bool:
        if not self.kinds:
            return False
        token, dead = uuid.uuid4().hex, [name for name in await self._table.workers() if is_dead(name)]
        record = await self._table.lease(list(self.kinds), token, self._name, self._config.lease_seconds, dead)
        if record is None:
            return False
        run = LeasedRun(record, token, self._config.max_attempts, self._table, self._sql)
        task = asyncio.create_task(self._run(run), name=f"job {record.id}")
        self._running[token] = _Running(run, task)
        return True

    async def _pause(self) -> float:
        """How long nothing is to be done, unless somebody wakes us."""
        pause = self._config.poll_seconds * random.uniform(0.8, 1.2)  # noqa: S311  # only to spread the polls
        if len(self._running) >= self._config.concurrency:
            return pause
        due = await self._table.next_due(list(self.kinds)) if self.kinds else None
        return pause if due is None else max(0.01, min(pause, due - time.time()))

    async def _until_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    # ---- keeping leases

    async def _keep(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._config.lease_seconds / 3):
                    await self._beat_now.wait()
            except TimeoutError:
                pass
            self._beat_now.clear()
            try:
                await self._beat()
            except StackError as error:
                log.warning("leases of jobs could not be kept, and are tried again: %s", error)

    async def _beat(self) -> None:
        tokens = list(self._running)
        if not tokens:
            return
        kept = await self._table.beat(tokens, self._config.lease_seconds)
        for token in tokens:
            if (running := self._running.get(token)) is None:
                continue
            running.lost, running.cancelled = token not in kept, kept.get(token, False)
            if running.lost or running.cancelled:
                running.task.cancel()

    # ---- running one

    async def _run(self, run: LeasedRun) -> None:
        current.set(on_behalf_of(run.record.tenant, run.record.owner))
        try:
            await self._attempt(run)
        except StackError as error:
            log.warning("how job %s went could not be written; it is begun again later: %s", run.id, error)
        finally:
            self._running.pop(run.token, None)
            self._news.set()

    async def _attempt(self, run: LeasedRun) -> None:
        if run.record.attempt > self._config.max_attempts:  # each time, whoever ran it died of it
            times = self._config.max_attempts
            await self._end(run, "failed", StackError(f"it was begun {times} times, and never came to an end"))
            return
        try:
            await self.kinds[run.record.kind].run(run)
        except LeaseLostError:
            log.warning("job %s was taken over by another worker", run.id)
        except JobCancelledError:
            await self._end(run, "cancelled", None)
        except asyncio.CancelledError:
            await self._interrupted(run)
        except Exception as error:
            await self._failed(run, error)
        else:
            await self._table.end(run.token, "completed")

    async def _interrupted(self, run: LeasedRun) -> None:
        """The lease is lost, the caller has cancelled, or this process stops."""
        running = self._running.get(run.token)
        if running is not None and running.lost:
            log.warning("job %s was taken over by another worker", run.id)
        elif running is not None and running.cancelled:
            await self._end(run, "cancelled", None)
        else:
            await self._table.put_back(run.token, 0, None, attempts=1)
            raise asyncio.CancelledError

    async def _failed(self, run: LeasedRun, error: Exception) -> None:
        """Another attempt after a while; none for a mistake of the caller's, which would be one again."""
        if not isinstance(error, StackError):
            log.error("job %s (%s) failed", run.id, run.record.kind, exc_info=error)
        if run.last_attempt or (isinstance(error, StackError) and error.status < 500 and error.status != 429):
            await self._end(run, "failed", error)
            return
        wait = min(_FIRST_RETRY_SECONDS * 2 ** (run.record.attempt - 1), _LONGEST_RETRY_SECONDS)
        log.info("job %s is tried again in %.0f s: %s", run.id, wait, _said(error))
        await self._table.put_back(run.token, wait * random.uniform(0.8, 1.2), _said(error), attempts=0)  # noqa: S311

    async def _end(self, run: LeasedRun, state: JobState, error: Exception | None) -> None:
        if told := self.kinds[run.record.kind].ended:
            await told(run.record, state, error)
        await self._table.end(run.token, state, _said(error) if error else None)


def _said(error: Exception) -> str:
    return error.message if isinstance(error, StackError) else f"{type(error).__name__}: {error}"
