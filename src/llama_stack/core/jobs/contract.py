"""What a job is, to whoever submits it and to whoever runs it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from ..storage.sqlstore import Statement

__all__ = ("Ended", "Handler", "JobCancelledError", "JobRecord", "JobRun", "JobState", "LeaseLostError")

JobState = Literal["queued", "running", "completed", "failed", "cancelled"]


class JobRecord(msgspec.Struct, frozen=True):
    """A job as its table has it. Times are seconds since 1970."""

    id: str
    tenant: str
    owner: str
    kind: str  # what runs it: "vector_store_file"
    state: Any  # JobState
    created_at: float
    started_at: float | None
    ended_at: float | None
    attempt: int  # how often it was begun
    done: int  # of `total`, in whatever unit the kind counts
    total: int | None
    error: str | None
    cancelling: int  # its caller wants it to stop
    payload: Mapping[str, Any]
    checkpoint: Mapping[str, Any]  # what a next attempt goes on from


class JobCancelledError(Exception):
    """The job's caller has cancelled it: whoever runs it stops, and leaves things as they should stay."""


class LeaseLostError(Exception):
    """Another worker has taken the job over, because this one was silent for too long: it must write no more."""


class JobRun(Protocol):
    """A job, to the handler that runs it."""

    @property
    def id(self) -> str: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...

    @property
    def state(self) -> Mapping[str, Any]:
        """What the last checkpoint said; empty at the first attempt."""
        ...

    @property
    def last_attempt(self) -> bool:
        """Whether an error now is the end of the job."""
        ...

    async def checkpoint(
        self, state: Mapping[str, Any], *statements: Statement, done: int | None = None, total: int | None = None
    ) -> None:
        """Keep how far it is, and do `statements` in the same transaction: all or nothing.

        Raises `JobCancelledError` when its caller wants it to stop, `LeaseLostError` when it is not ours any more.
        """
        ...


Handler = Callable[[JobRun], Awaitable[None]]
Ended = Callable[[JobRecord, JobState, Exception | None], Awaitable[None]]
