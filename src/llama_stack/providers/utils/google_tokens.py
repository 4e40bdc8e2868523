"""Google's application default credentials as a source of access tokens.

The order, the file names and the requests are those of google-auth (`google.auth._default`,
`google.oauth2._client`, `google.auth.compute_engine._metadata`).
"""

import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ...apis.errors import UnavailableError, UpstreamError
from .oauth import fetch_json, fetch_token, token_of
from .rsa import Sign, signer
from .tokens import Token
from .transport import Transport, UpstreamRequest

__all__ = ("GoogleCredentials", "find_credentials")

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class GoogleCredentials:
    """How to get a token; who pays, where the credentials say so."""

    fetch: Callable[[Transport], Awaitable[Token[str]]]
    project: str | None = None
    quota_project: str | None = None


def find_credentials(provider_id: str, env: Mapping[str, str], file: str | None = None) -> GoogleCredentials:
    """The file that is given or that GOOGLE_APPLICATION_CREDENTIALS names, then gcloud's, then this machine's account.

    Raises `UnavailableError` when a file is there and cannot be used.
    """
    named = file or env.get("GOOGLE_APPLICATION_CREDENTIALS")
    path = Path(named or _gcloud_file(env)).expanduser()
    if not named and not path.is_file():
        return _of_machine(provider_id, env)
    try:
        known = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise UnavailableError(f"{provider_id}: {path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UnavailableError(f"{provider_id}: {path} is no JSON object with Google credentials") from error
    return _of_file(provider_id, path, known)


def _of_file(provider_id: str, path: Path, known: Mapping[str, Any]) -> GoogleCredentials:
    quota = known.get("quota_project_id")
    uri = known.get("token_uri") or _TOKEN_URI
    try:
        if known.get("type") == "service_account":
            sign = signer(f"{provider_id} with {path}", known["private_key"].encode())
            email, key_id = known["client_email"], known.get("private_key_id", "")

            def assertion() -> dict[str, str]:
                return {"grant_type": _JWT_GRANT, "assertion": _jwt(sign, email, key_id, uri)}

            return GoogleCredentials(_asking(provider_id, uri, assertion), known.get("project_id"), quota)
        if known.get("type") == "authorized_user":
            form = {name: known[name] for name in ("client_id", "client_secret", "refresh_token")}
            return GoogleCredentials(
                _asking(provider_id, uri, lambda: {"grant_type": "refresh_token", **form}), None, quota
            )
    except KeyError as missing:
        raise UnavailableError(f"{provider_id}: {path} lacks {missing}") from None
    message = f"{provider_id}: {path} holds credentials of type {known.get('type')!r}; a service account's key works, "
    raise UnavailableError(message + "or those that `gcloud auth application-default login` writes")


def _of_machine(provider_id: str, env: Mapping[str, str]) -> GoogleCredentials:
    """The account of the virtual machine or the container, from the metadata server."""
    host = env.get("GCE_METADATA_HOST") or "metadata.google.internal"
    url = f"http://{host}/computeMetadata/v1/instance/service-accounts/default/token"

    async def fetch(transport: Transport) -> Token[str]:
        request = UpstreamRequest("GET", url, {"metadata-flavor": "Google"})
        try:
            return token_of(await fetch_json(transport, provider_id, request), provider_id, url)
        except UpstreamError as error:
            hint = "set GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`"
            raise UpstreamError(f"{error.message}; {hint}", provider_id=provider_id, code=error.code) from error

    return GoogleCredentials(fetch)


def _asking(
    provider_id: str, uri: str, form: Callable[[], Mapping[str, str]]
) -> Callable[[Transport], Awaitable[Token[str]]]:
    async def fetch(transport: Transport) -> Token[str]:
        return await fetch_token(transport, provider_id, uri, form())

    return fetch


def _jwt(sign: Sign, email: str, key_id: str, audience: str) -> str:
    """A service account's request for a token, signed with its key (RFC 7523)."""
    now = int(time.time())
    head = {"alg": "RS256", "typ": "JWT", "kid": key_id}
    claims = {"iss": email, "scope": _SCOPE, "aud": audience, "iat": now, "exp": now + _LIFETIME_SECONDS}
    text = b".".join(_b64(msgspec.json.encode(part)) for part in (head, claims))
    return b".".join((text, _b64(sign(text)))).decode()


def _b64(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _gcloud_file(env: Mapping[str, str]) -> str:
    return f"{env.get('CLOUDSDK_CONFIG') or '~/.config/gcloud'}/application_default_credentials.json"
