"""How requests are told apart, and what of them is kept."""

import re
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ("BACKGROUND", "LOOSE", "Mode", "Options")

Mode = Literal["live", "record", "replay", "record-if-missing"]

# Fields that say who asks and how the answer is to be delivered, not what is asked.
LOOSE = (
    "user",
    "metadata",
    "seed",
    "store",
    "stream_options",
    "service_tier",
    "safety_identifier",
    "prompt_cache_key",
    "previous_response_id",
    "**.id",
    "**.call_id",
    "**.tool_call_id",
)


# Ollama's calls about a model, and those that keep it loaded.
BACKGROUND = ("*/api/show", "*/api/generate", "*/api/embed")


class Options(BaseModel):
    """`strict` compares every field of a request. `loose` leaves out `ignore`, and repeats the last answer.

    The paths in `ignore` are dotted, within the body; `*` stands for one part of a path, `**` for any number.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Literal["strict", "loose"] = "strict"
    ignore: tuple[str, ...] = LOOSE
    background: tuple[str, ...] = Field(
        default=BACKGROUND,
        description="paths that are called when it suits a provider; like every GET, again and again or not at all",
    )
    timing: bool = Field(default=False, description="keep the time between a stream's frames, and replay at that pace")
    request_headers: tuple[str, ...] = Field(
        default=("content-type", "anthropic-version", "anthropic-beta", "openai-beta"),
        description="headers of requests that are kept and compared; no other is ever written",
    )
    response_headers: tuple[str, ...] = Field(
        default=("content-type", "retry-after", "location", "request-id", "x-request-id", "x-ratelimit-*"),
        description="headers of answers that are kept",
    )
    redact: Callable[[str], str] | tuple[re.Pattern[str], ...] = Field(
        default=(), description="regular expressions of what must not be written, or a function from text to text"
    )
