"""What a service says when it refuses, in the many shapes services have for it."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from ...apis.errors import UpstreamError

__all__ = ("NO_ERROR", "hide_keys", "refusal")

NO_ERROR = frozenset({b"null", b"false", b'""', b"{}"})  # what a field `error` may hold when nothing is wrong
_KEPT_HEADERS = ("retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "request-id")
_KEPT_FIELDS = ("type", "param", "code", "provider_id", "status")
_SECRET = re.compile("auth|key|token|secret|provider-data", re.IGNORECASE)  # in the name of a header
_MARKUP = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SHORTEST_KEY = 6  # characters; a shorter one (`-`, `fake`) keeps nobody out, and would be masked inside words
_MAX_QUOTED = 500  # characters of a page that is no JSON


def refusal(
    provider_id: str, body: bytes, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> UpstreamError:
    """A service's refusal as our error: its status, its own words and its request id are kept.

    Inside an answer that began well there is no status; then the one in the error object counts, if any.
    """
    headers = headers or {}
    if status is not None and 300 <= status < 400:
        return _redirect(provider_id, headers)
    error = _error_object(body)
    message = error.pop("message", None) or ("an error without a message" if status is None else f"HTTP {status}")
    code, stated = error.get("code"), error.pop("status", None)
    if status is None:
        status = next((s for s in (stated, code) if isinstance(s, int) and 400 <= s < 600), 502)
    return UpstreamError(
        str(message),
        provider_id=provider_id,
        status=status if status >= 400 else 502,
        error={key: value for key, value in error.items() if value is not None},
        code=code if isinstance(code, str) else None,
        headers=_kept(headers),
    )


def hide_keys(error: UpstreamError, sent: Mapping[str, str]) -> None:
    """Mask the keys of the headers that were `sent` in what the error says: some services quote them."""
    for key in (value.rpartition(" ")[2] for name, value in sent.items() if _SECRET.search(name)):
        if len(key) >= _SHORTEST_KEY and key in error.message:
            error.message = error.message.replace(key, "***")
            error.args = (error.message,)


def _redirect(provider_id: str, headers: Mapping[str, str]) -> UpstreamError:
    where = next((value for name, value in headers.items() if name.lower() == "location"), "nowhere").partition("?")[0]
    message = f"{provider_id} redirects to {where}, which is not followed; see base_url in its config"
    return UpstreamError(message, provider_id=provider_id, code="upstream_redirect")


def _error_object(body: bytes) -> dict[str, Any]:
    """The error as an object with a `message`."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {"message": _words(body)}
    if isinstance(said, list) and said:  # Google answers a list of one
        said = said[0]
    if not isinstance(said, dict):
        return {"message": str(said)[:_MAX_QUOTED]}
    error = said["error"] if isinstance(said.get("error"), dict) else said
    message = _message(error)
    if message.startswith('{"error"'):  # Bedrock passes on the refusal of what runs behind it as text
        return _error_object(message.encode())
    return {"message": message, **{k: v for k, v in error.items() if k in _KEPT_FIELDS}}


def _words(page: bytes) -> str:
    """What a page that is no JSON says to people."""
    text = _MARKUP.sub(" ", page.decode(errors="replace"))
    return " ".join(text.split())[:_MAX_QUOTED]


def _message(error: dict[str, Any]) -> str:
    for key in ("message", "detail", "error", "errors", "error_message", "msg", "reason"):
        match error.get(key):
            case str(text) if text:
                return text
            case [{"message": str(text)}, *_] | {"message": str(text)}:
                return text
            case list() | dict() as rest if rest:
                return msgspec.json.encode(rest).decode()[:_MAX_QUOTED]
    return msgspec.json.encode(error).decode()[:_MAX_QUOTED] if error else ""


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    """`Retry-After`, rate limits, and the service's request id under a name that is not ours."""
    kept = {}
    for name, value in headers.items():
        low = name.lower()
        if low in _KEPT_HEADERS or low.startswith("x-ratelimit-"):
            kept["x-upstream-request-id" if low.endswith("request-id") else low] = value
    return kept
