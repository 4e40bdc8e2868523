"""A script of faults: which calls, how often, and what happens to them."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ("Fault", "FaultPlan")

_OTHERS = ("delay_seconds", "jitter_seconds", "unreachable", "status")
_FRAMES = ("cut_after_frames", "malformed_after_frames", "stall_after_frames")  # 0 means from the start


class Fault(BaseModel):
    """What happens to some calls. `provider`, `method`, `path` and `model` are patterns, in which `*` is anything."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = Field(default="*", description="provider ids")
    method: str = Field(default="POST", description="`*` for model lists as well, which are read in the background")
    path: str = Field(default="*", description="of the URL: `*/chat/completions`")
    model: str = Field(default="*", description="as the service calls it")

    skip: int = Field(default=0, ge=0, description="so many of these calls go well first")
    every: int = Field(default=1, ge=1, description="then only every nth is hit")
    times: int | None = Field(default=None, ge=1, description="and no more than this many in all")
    probability: float = Field(default=1, ge=0, le=1, description="of each of those; drawn from the plan's seed")

    delay_seconds: float = Field(default=0, ge=0, description="before the call goes out")
    jitter_seconds: float = Field(default=0, ge=0, description="up to so much more")
    unreachable: bool = Field(default=False, description="the connection is refused")
    status: int | None = Field(default=None, ge=400, le=599, description="an HTTP error instead of an answer")
    message: str = "injected fault"
    code: str | None = None
    retry_after_seconds: float | None = Field(default=None, ge=0, description="as the header Retry-After")
    cut_after_frames: int | None = Field(default=None, ge=0, description="the connection is lost then")
    malformed_after_frames: int | None = Field(default=None, ge=0, description="the frame after these is broken")
    stall_after_frames: int | None = Field(default=None, ge=0, description="nothing comes then")
    stall_seconds: float = Field(default=3600, gt=0, description="for so long, or until the read timeout")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        happens = (self.delay_seconds, self.jitter_seconds, self.unreachable, self.status is not None)
        if not any(happens) and all(getattr(self, effect) is None for effect in _FRAMES):
            raise ValueError(f"this fault does nothing; give it {', '.join((*_OTHERS, *_FRAMES))}, or several")
        return self

    @property
    def answer(self) -> dict[str, Any]:
        """The error object of `status`."""
        return {"error": {"message": self.message, "type": "injected_fault", "param": None, "code": self.code}}


class FaultPlan(BaseModel):
    """All the faults of a script. Each call meets every fault that is for it, in this order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = Field(default=0, description="the same seed, the same probabilities and delays")
    faults: list[Fault] = Field(min_length=1)
