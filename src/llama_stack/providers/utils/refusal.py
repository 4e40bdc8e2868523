"""What a service says when it refuses, in the many shapes services have for it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ...apis.errors import UpstreamError

__all__ = ("refusal",)

_KEPT_HEADERS = ("retry-after", "x-request-id", "request-id")
_KEPT_FIELDS = ("type", "param", "code", "provider_id")
_MAX_QUOTED = 500  # characters of a page that is no JSON


def refusal(
    provider_id: str, body: bytes, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> UpstreamError:
    """A service's refusal as our error: its status, its own words and its request id are kept.

    Inside an answer that began well there is no status; then the one in the error object counts, if any.
    """
    error = _error_object(body)
    message = error.pop("message", None) or f"HTTP {status}"
    code = error.get("code")
    if status is None:
        status = code if isinstance(code, int) and 400 <= code < 600 else 502
    return UpstreamError(
        str(message),
        provider_id=provider_id,
        status=status if status >= 400 else 502,
        error={key: value for key, value in error.items() if value is not None},
        headers=_kept(headers or {}),
    )


def _error_object(body: bytes) -> dict[str, Any]:
    """The error as an object with a `message`."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {"message": body.decode(errors="replace").strip()[:_MAX_QUOTED]}
    if isinstance(said, list) and said:  # Google answers a list of one
        said = said[0]
    if not isinstance(said, dict):
        return {"message": str(said)[:_MAX_QUOTED]}
    error = said.get("error", said)
    if isinstance(error, dict):
        return {"message": _message(error), **{k: v for k, v in error.items() if k in _KEPT_FIELDS}}
    return {"message": str(error)[:_MAX_QUOTED]}


def _message(error: dict[str, Any]) -> str:
    for key in ("message", "detail", "error", "error_message", "msg"):
        if value := error.get(key):
            return value if isinstance(value, str) else msgspec.json.encode(value).decode()[:_MAX_QUOTED]
    return msgspec.json.encode(error).decode()[:_MAX_QUOTED]


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """`Retry-After`, rate limits, and the service's request id under a name that is not ours."""
    kept = {}
    for name, value in headers.items():
        low = name.lower()
        if low in _KEPT_HEADERS or low.startswith("x-ratelimit-"):
            kept["x-upstream-request-id" if low.endswith("request-id") else low] = value
    return kept
