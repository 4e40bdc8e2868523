"""The jobs API: the stack's own jobs, as their owner sees them."""

from ...apis.jobs import Job, JobList, JobState
from ..jobs import JobRecord, Jobs

__all__ = ("BuiltinJobs",)


class BuiltinJobs:
    """Implements the Jobs API."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def list_jobs(
        self, kind: str | None = None, state: JobState | None = None, after: str | None = None, limit: int = 20
    ) -> JobList:
        records = await self._jobs.list(kind=kind, state=state, after=after, limit=limit + 1)
        return JobList(data=[_shown(record) for record in records[:limit]], has_more=len(records) > limit)

    async def get_job(self, job_id: str) -> Job:
        return _shown(await self._jobs.get(job_id))

    async def cancel_job(self, job_id: str) -> Job:
        return _shown(await self._jobs.cancel(job_id))


def _shown(record: JobRecord) -> Job:
    started, ended = record.started_at, record.ended_at
    return Job(
        id=record.id,
        kind=record.kind,
        state=record.state,
        created_at=int(record.created_at),
        started_at=None if started is None else int(started),
        ended_at=None if ended is None else int(ended),
        attempt=record.attempt,
        done=record.done,
        total=record.total,
        error=record.error,
        payload=dict(record.payload),
    )
