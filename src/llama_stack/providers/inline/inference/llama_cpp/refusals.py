"""What llama.cpp refuses, as errors that tell the caller what to change."""

import re

from .....apis.errors import BadRequestError, StackError, UnsupportedError, UpstreamError

__all__ = ("explained",)

_TOO_LONG = re.compile(r"\((\d+) tokens\) (?:exceeds the available context size|is too large to process)")
# Mistakes of the caller that llama.cpp reports as its own (status 500).
_CALLERS_FAULT = re.compile(
    r"(?:image|audio|video) input is not supported|failed to parse|invalid|unsupported|missing|expected|jinja|template",
    re.IGNORECASE,
)


def explained(error: UpstreamError, model: str, limit: int, param: str) -> StackError:
    """The error to raise instead. `limit` is how many tokens a request may hold, `param` the field that holds them."""
    if match := _TOO_LONG.search(error.message):
        message = f"{model} takes {limit} tokens a request (context_length), and this one has {match[1]}"
        return BadRequestError(message, code="context_length_exceeded", param=param)
    if error.error.get("type") == "not_supported_error":
        return UnsupportedError(f"{model}: {error.message}")
    if 400 <= error.status < 500 or (error.status == 500 and _CALLERS_FAULT.search(error.message)):
        return BadRequestError(f"{model}: {error.message}")
    return error
