"""AWS Signature Version 4, as "Create a signed AWS API request" in AWS's IAM user guide describes it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

__all__ = ("AwsKeys", "host_of", "sign")

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = frozenset({"authorization", "user-agent", "x-amzn-trace-id", "expect", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Who signs. The token belongs to keys that expire."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def sign(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: AwsKeys,
    region: str,
    service: str,
    now: datetime | None = None,
) -> dict[str, str]:
    """The headers to add to a request: the date, the signature, and the session token if there is one."""
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-date": stamp}
    if keys.session_token:
        added["x-amz-security-token"] = keys.session_token
    signed = _signed_headers(url, {**headers, **added})
    names = ";".join(signed)
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    request = _canonical_request(method, url, signed, body)
    text = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = hmac.new(_signing_key(keys.secret_access_key, scope), text.encode(), hashlib.sha256).hexdigest()
    credential = f"{keys.access_key_id}/{scope}"
    added["authorization"] = f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return added


def _signed_headers(url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that the signature covers, by their lower-case names in order; spaces do not count."""
    lower = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    lower.setdefault("host", host_of(url))
    return {name: lower[name] for name in sorted(lower) if name not in _UNSIGNED}


def host_of(url: str) -> str:
    """The `Host` header of a call: the port is not named where it is the scheme's own."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def _canonical_request(method: str, url: str, signed: Mapping[str, str], body: bytes) -> str:
    parts = urlsplit(url)
    pairs = sorted((_quoted(k), _quoted(v)) for k, v in parse_qsl(parts.query, keep_blank_values=True))
    return "\n".join(
        (
            method,
            quote(parts.path or "/", safe="/-_.~"),  # what is escaped in the URL is escaped once more
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{value}" for name, value in signed.items()),
            "",
            ";".join(signed),
            hashlib.sha256(body).hexdigest(),
        )
    )


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
