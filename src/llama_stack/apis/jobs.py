"""Jobs: work that outlives a request, as its owner sees it."""

from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, Field

from .declare import route

__all__ = ("Job", "JobList", "JobState", "Jobs")

JobState = Literal["queued", "running", "completed", "failed", "cancelled"]


class Job(BaseModel):
    """How far a piece of work is. Times are seconds since 1970."""

    id: str
    object: Literal["job"] = "job"
    kind: str = Field(description="what is done: `vector_store_file`, …")
    state: JobState
    created_at: int
    started_at: int | None
    ended_at: int | None
    attempt: int = Field(description="how often it was begun")
    done: int = Field(description="of `total`, in the kind's own unit: chunks of a file, lines of a batch")
    total: int | None
    error: str | None = Field(description="why it failed, or why its last attempt did")
    payload: dict[str, Any] = Field(description="what it is about")


class JobList(BaseModel):
    object: Literal["list"] = "list"
    data: list[Job]
    has_more: bool = False


class Jobs(Protocol):
    """Work in the background."""

    @route("GET", "/v1alpha/jobs")
    async def list_jobs(
        self,
        kind: str | None = None,
        state: JobState | None = None,
        after: str | None = None,
        limit: Annotated[int, Field(ge=1, le=100)] = 20,
    ) -> JobList:
        """List jobs, the newest first."""
        ...

    @route("GET", "/v1alpha/jobs/{job_id}")
    async def get_job(self, job_id: str) -> Job:
        """Read how far a job is."""
        ...

    @route("POST", "/v1alpha/jobs/{job_id}/cancel")
    async def cancel_job(self, job_id: str) -> Job:
        """Stop a job: at once if it waits, soon if it runs. One that has ended stays as it is."""
        ...
