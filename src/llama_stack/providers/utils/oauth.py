"""Asking a login service for an access token."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from ...apis.errors import UpstreamError
from .tokens import Token
from .transport import Transport, UpstreamRequest

__all__ = ("fetch_json", "fetch_token", "login_failed", "token_of")

_REASONS = ("error_description", "errorMessage", "message", "error", "detail")
_LIFETIME_SECONDS = 3600.0  # of a token whose service does not say
_MAX_QUOTED = 300  # characters


async def fetch_token(
    transport: Transport, provider_id: str, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> Token[str]:
    """The access token that a login service gives for `form`."""
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json", **(headers or {})}
    request = UpstreamRequest("POST", url, headers, urlencode(form).encode())
    return token_of(await fetch_json(transport, provider_id, request, secrets=form.values()), provider_id, url)


def token_of(answer: Any, provider_id: str, url: str) -> Token[str]:
    """OAuth 2.0's `access_token` and `expires_in` (RFC 6749, 5.1); some send the seconds as text."""
    value = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(value, str) or not value:
        raise login_failed(provider_id, url, "the answer holds no access_token")
    return Token(value, float(answer.get("expires_in") or _LIFETIME_SECONDS))


async def fetch_json(
    transport: Transport, provider_id: str, request: UpstreamRequest, secrets: Iterable[str] = ()
) -> Any:
    """What a login or metadata service answers. Raises `UpstreamError` with its reason, never with the `secrets`."""
    response = await transport.send(request)
    try:
        body = await response.read()
    finally:
        response.close()
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        answer = None
    if response.status == 200 and answer is not None:
        return answer
    raise login_failed(provider_id, request.url, _reason(answer, response.status, secrets), response.status)


def login_failed(provider_id: str, url: str, why: str, status: int = 502) -> UpstreamError:
    """Credentials were not to be had. 401 when the login service does not accept what it was shown, else 502."""
    parts = urlsplit(url)
    message = f"{provider_id} got no credentials from {parts.scheme}://{parts.netloc}{parts.path}: {why}"
    status = 401 if status in (400, 401, 403) else 502
    return UpstreamError(message, provider_id=provider_id, status=status, code="upstream_login_failed")


def _reason(answer: Any, status: int, secrets: Iterable[str]) -> str:
    """The login service's own words."""
    said = answer.get("error") if isinstance(answer, dict) and isinstance(answer.get("error"), dict) else answer
    words = next((said[name] for name in _REASONS if said.get(name)), None) if isinstance(said, dict) else None
    why = str(words)[:_MAX_QUOTED] if words else f"HTTP {status}"
    for secret in filter(None, secrets):
        why = why.replace(secret, "***")
    return why
