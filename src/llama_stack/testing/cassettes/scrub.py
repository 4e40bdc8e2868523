"""What must never be written: keys, by the names that they go under and by their values."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr, ValidationError

from ...apis.errors import UnavailableError
from ...core.config import RunConfig, config_model, specs_of
from ...core.request_context import current
from ...providers.registry import specs
from ...providers.utils.transport import UpstreamRequest
from .options import Options

__all__ = ("MASK", "Scrubber", "caller_secrets", "config_secrets", "request_secrets")

MASK = "[redacted]"
_SHORTEST = 8  # characters; shorter values (`none`, `EMPTY`) are ordinary words, and are masked by name alone

_NAMES = frozenset(
    {"accesskey", "accesstoken", "apikey", "assertion", "authorization", "authtoken", "clientassertion"}
    | {"clientsecret", "idtoken", "passphrase", "password", "privatekey", "refreshtoken", "secret", "secretaccesskey"}
    | {"secretkey", "securitytoken", "sessiontoken"}
)
_HEADER = re.compile(r"auth|cookie|credential|key|password|secret|session|token", re.IGNORECASE)
_PARAMETER = re.compile(
    r"(^|[_-])(api_?)?(auth|code|credential|key|password|secret|sig|signature|token)$", re.IGNORECASE
)
_PAGE = re.compile(r"^(next|page|continuation)", re.IGNORECASE)  # `page_token` says where a list goes on


class Scrubber:
    """Masks secrets in texts, JSON, URLs and streams."""

    def __init__(self, secrets: Iterable[str], options: Options) -> None:
        self._secrets = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
        self._options = options

    def knowing(self, secrets: Iterable[str]) -> "Scrubber":
        """One that masks these values too."""
        known = Scrubber(secrets, self._options)
        known._secrets = sorted({*known._secrets, *self._secrets}, key=len, reverse=True)
        return known

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        if callable(self._options.redact):
            return self._options.redact(text)
        for pattern in self._options.redact:
            text = pattern.sub(MASK, text)
        return text

    def tree(self, value: Any) -> Any:
        """JSON, also by the names of its fields."""
        match value:
            case dict():
                return {self.text(k): MASK if _is_named(k, v) else self.tree(v) for k, v in value.items()}
            case list():
                return [self.tree(item) for item in value]
            case str():
                return self.text(value)
        return value

    def url(self, url: str) -> str:
        """Without user and password, and without the values of parameters that hold keys."""
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = [(name, MASK if _is_secret_parameter(name) else self.text(value)) for name, value in pairs]
        clean = parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(query, safe="[]/:,"))
        return self.text(urlunsplit(clean))

    def form(self, body: str) -> str:
        """`name=value&…`, as token endpoints want it."""
        pairs = [(n, MASK if _is_named(n, v) else self.text(v)) for n, v in parse_qsl(body, keep_blank_values=True)]
        return urlencode(pairs, safe="[]/:")

    def frames(self, frames: list[bytes]) -> list[bytes]:
        """A stream's frames; a value that two of them share is found as well."""
        frames = self._without_shared(frames)
        scrubbed = []
        for frame in frames:
            try:
                scrubbed.append(self.text(frame.decode()).encode())
            except UnicodeDecodeError:  # a character was cut in two; what is a key is no such character
                scrubbed.append(self.text(frame.decode("latin-1")).encode("latin-1", "replace"))
        return scrubbed

    def _without_shared(self, frames: list[bytes]) -> list[bytes]:
        whole, mask = b"".join(frames), MASK.encode()
        for secret in (secret.encode() for secret in self._secrets):
            while (start := whole.find(secret)) >= 0:
                frames = _cut_out(frames, start, start + len(secret), mask)
                whole = b"".join(frames)
        return frames


def _cut_out(frames: list[bytes], start: int, end: int, mask: bytes) -> list[bytes]:
    """Replace a range of the whole by `mask`, which goes where the range began."""
    kept, at = [], 0
    for frame in frames:
        first, last = max(0, start - at), max(0, end - at)
        begins_here = at <= start < at + len(frame)
        kept.append(frame[:first] + (mask if begins_here else b"") + frame[last:] if last else frame)
        at += len(frame)
    return kept


def _is_named(name: object, value: object) -> bool:
    return isinstance(name, str) and bool(value) and isinstance(value, str) and _plain(name) in _NAMES


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _is_secret_parameter(name: str) -> bool:
    """Whether a URL's parameter holds a key."""
    return bool(_PARAMETER.search(name)) and not _PAGE.match(name)


def _forms(secret: str) -> set[str]:
    """A value as it may be written: as it is, in JSON, in a URL."""
    if len(secret) < _SHORTEST:
        return set()
    in_json = (json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True))
    return {secret, *in_json, quote(secret, safe="")}


# ---- where secrets come from


def config_secrets(config: RunConfig) -> set[str]:
    """Every secret of the configured providers: fields of that type, configured headers, logins in URLs."""
    registry = specs_of(config, specs())
    found: set[str] = set()
    for api, entries in config.providers.items():
        for entry in entries:
            try:
                model = config_model(registry[api][entry.provider_type])
                checked = model.model_validate(entry.config) if model else None
            except (UnavailableError, ImportError, ValidationError):  # such a provider is not built either
                continue
            found.update(_secrets_in(checked))
    return found


def _secrets_in(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for name, item in value:
                yield from _header_secrets(item) if name == "headers" else _secrets_in(item)
        case Mapping():
            for item in value.values():
                yield from _secrets_in(item)
        case list() | tuple() | set():
            for item in value:
                yield from _secrets_in(item)
        case str() if "://" in value and "@" in value:
            yield unquote(urlsplit(value).password or "")


def request_secrets(request: UpstreamRequest) -> Iterator[str]:
    """The keys that a request carries: services say them back, whole or in part, when they refuse one."""
    yield from _header_secrets(request.headers)
    parts = urlsplit(request.url)
    yield from (value for name, value in parse_qsl(parts.query) if _is_secret_parameter(name))
    if parts.password:
        login = f"{unquote(parts.username or '')}:{unquote(parts.password)}"
        yield from (unquote(parts.password), base64.b64encode(login.encode()).decode())
    yield from _named_secrets(request.body or b"")


def _named_secrets(body: bytes) -> Iterator[str]:
    """What fields like `client_secret` hold, in JSON or in a form."""
    try:
        found = json.loads(body) if body[:1] in (b"{", b"[") else dict(parse_qsl(body.decode()))
    except (ValueError, RecursionError):
        return
    nodes: list[Any] = [found]
    while nodes:
        node = nodes.pop()
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for name, value in items:
            if _is_named(name, value):
                yield value
            else:
                nodes.append(value)


def _header_secrets(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if _HEADER.search(name):
            scheme, _, credentials = value.partition(" ")
            yield value
            yield credentials
            if scheme.lower() == "basic":
                yield from _login(credentials)


def _login(credentials: str) -> Iterator[str]:
    try:
        yield base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return


def caller_secrets() -> Iterator[str]:
    """What the running request's caller sent for providers, all of it."""
    yield from _texts(dict(current.get().provider_data))


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
