"""The `jobs` section of a run config: how work in the background is done."""

from pydantic import Field

from ..storage.backends import Strict

__all__ = ("JobsConfig",)


class JobsConfig(Strict):
    """Work that outlives a request: file ingestion, batches and the like."""

    run_here: bool = Field(default=True, description="false leaves them to `llama stack worker` and other servers")
    concurrency: int = Field(default=2, ge=1, description="jobs that run at a time in each process")
    lease_seconds: float = Field(
        default=15, gt=0, description="how long a worker may be silent before another takes its jobs over"
    )
    poll_seconds: float = Field(default=1, gt=0, description="how often to look for jobs that other processes made")
    max_attempts: int = Field(default=5, ge=1, description="how often a job is begun before it fails for good")
    retention_days: float = Field(default=7, gt=0, description="how long jobs that ended can be looked up")
