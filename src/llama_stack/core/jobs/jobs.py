"""Jobs for those who submit them: durable at once, looked up, waited for, cancelled."""

import asyncio
import time
import uuid
from collections.abc import Mapping
from typing import Any, Self

from ...apis.errors import NotFoundError
from ..storage.sqlstore import SqlStore, Statement
from .config import JobsConfig
from .contract import Ended, Handler, JobRecord
from .table import STEPS, JobTable
from .worker import Kind, Worker

__all__ = ("Jobs",)

_WAIT_SECONDS = 0.2  # between looks at a job that another process may run


class Jobs:
    """The jobs in one database. Opened and closed with `async with`; `start` begins to run them here.

    A job belongs to whoever submits it, and runs in their name. Closing lets running jobs go at their last
    checkpoint, for another worker or the next start to go on with.
    """

    def __init__(self, sql: SqlStore, config: JobsConfig | None = None) -> None:
        self._sql = sql
        self._config = config or JobsConfig()
        self._table = JobTable(sql)
        self._worker = Worker(sql, self._table, self._config)

    async def __aenter__(self) -> Self:
        await self._sql.migrate("jobs", STEPS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # ---- running

    def handle(self, kind: str, run: Handler, *, ended: Ended | None = None) -> None:
        """Say who runs a kind of jobs.

        `ended` is told, in the owner's name, when one has failed for good, or was cancelled: with the job, its new
        state and the error. It may be told twice, and after a crash between the two, of a job that went on.
        """
        self._worker.kinds[kind] = Kind(run, ended)

    def start(self) -> None:
        """Run jobs in this process, unless the config leaves them to others, or no kind has a handler."""
        if self._config.run_here and self._worker.kinds:
            self._worker.start()

    async def stop(self) -> None:
        """Run no more jobs here."""
        await self._worker.stop()

    # ---- submitting

    def submitting(
        self, kind: str, payload: Mapping[str, Any], *, key: str | None = None, total: int | None = None
    ) -> list[Statement]:
        """What to write to submit a job, in one transaction with rows of one's own; then `wake`.

        Of two jobs with the same key, the first stays.
        """
        return [self._table.submitting(_new_id(), kind, payload, key, total)]

    def wake(self) -> None:
        """Look for jobs now rather than at the next poll."""
        self._worker.wake()

    async def submit(
        self, kind: str, payload: Mapping[str, Any], *, key: str | None = None, total: int | None = None
    ) -> JobRecord:
        """Submit a job; it is durable when this returns. With a key that is taken, the job that has it is returned."""
        job_id = _new_id()
        await self._sql.write(self._table.submitting(job_id, kind, payload, key, total))
        self.wake()
        record = await self._table.get(job_id) or (await self._table.by_key(key) if key else None)
        if record is None:
            raise NotFoundError(f"the key {key!r} is taken by somebody else's job", param="key")
        return record

    # ---- looking

    async def get(self, job_id: str) -> JobRecord:
        """A job of the caller. Raises `NotFoundError`."""
        if (record := await self._table.get(job_id)) is None:
            raise NotFoundError(f"no job has the id {job_id!r}", param="job_id")
        return record

    async def list(
        self, *, kind: str | None = None, state: str | None = None, after: str | None = None, limit: int = 20
    ) -> list[JobRecord]:
        """Jobs of the caller, the newest first."""
        if after is not None:
            await self.get(after)
        return await self._table.page(kind=kind, state=state, after=after, limit=limit)

    async def cancel(self, job_id: str) -> JobRecord:
        """Stop a job: at once if it waits, else soon. One that has ended stays as it is."""
        record = await self.get(job_id)
        kind = self._worker.kinds.get(record.kind)
        if await self._table.cancel(job_id) and kind and kind.ended:
            await kind.ended(record, "cancelled", None)
        self._worker.look_for_cancelled()
        return await self.get(job_id)

    async def wait(self, job_id: str, *, seconds: float | None = None) -> JobRecord:
        """A job once it has ended. Raises `TimeoutError`."""
        until = None if seconds is None else time.monotonic() + seconds
        while (record := await self.get(job_id)).ended_at is None:
            if until is not None and time.monotonic() > until:
                raise TimeoutError(f"the job {job_id} is {record.state} after {seconds} s")
            await asyncio.sleep(_WAIT_SECONDS)
        return record


def _new_id() -> str:
    return f"job_{uuid.uuid4().hex}"
