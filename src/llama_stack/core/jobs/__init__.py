"""Work that outlives a request: durable, leased, resumed after a crash, run by any process that shares the tables."""

from .contract import JobCancelledError, JobRecord, JobRun, JobState, LeaseLostError
from .jobs import Jobs

__all__ = ("JobCancelledError", "JobRecord", "JobRun", "JobState", "Jobs", "LeaseLostError")
