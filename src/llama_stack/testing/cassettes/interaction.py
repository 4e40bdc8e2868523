"""One request and its answer, as a cassette keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from ...apis.errors import UpstreamError, UpstreamTimeoutError
from ...providers.utils.transport import UpstreamRequest
from .bodies import request_body
from .options import Options
from .scrub import Scrubber

__all__ = ("Asked", "Interaction", "as_error", "as_kept", "describe", "kept_headers")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request without its secrets."""

    provider: str
    request: Mapping[str, Any]

    @property
    def method(self) -> str:
        return str(self.request.get("method", "POST"))

    @property
    def path(self) -> str:
        return urlsplit(str(self.request.get("url", ""))).path

    @property
    def line(self) -> str:
        """For messages: `POST /v1/chat/completions to 'vllm'`."""
        return f"{self.method} {self.path} to {self.provider!r}"


@dataclass(frozen=True, slots=True)
class Interaction:
    """`number` is the place in the order in which requests were sent; answers may have ended in another."""

    number: int
    asked: Asked
    response: Mapping[str, Any]

    def as_document(self) -> dict[str, Any]:
        head = {"number": self.number, "provider": self.asked.provider}
        return {**head, "request": dict(self.asked.request), "response": dict(self.response)}


def describe(provider_id: str, request: UpstreamRequest, scrubber: Scrubber, options: Options) -> Asked:
    """A request as it is kept, and compared with what is kept."""
    headers = kept_headers(request.headers, options.request_headers)
    content_type = headers.get("content-type", "")
    if content_type.startswith(("application/json", "multipart/")):  # said by the body; a boundary is made up
        headers["content-type"] = content_type.partition(";")[0]
    if headers.get("content-type") == "application/json":
        del headers["content-type"]
    clean = {name: scrubber.text(value) for name, value in headers.items()}
    described: dict[str, Any] = {"method": request.method, "url": scrubber.url(request.url)}
    if clean:
        described["headers"] = clean
    return Asked(provider_id, described | request_body(request.body, content_type, scrubber))


def kept_headers(headers: Mapping[str, str], patterns: tuple[str, ...]) -> dict[str, str]:
    """The headers that one of the patterns allows, in lower case."""
    low = {name.lower(): value for name, value in headers.items()}
    return {name: low[name] for name in sorted(low) if any(fnmatchcase(name, pattern.lower()) for pattern in patterns)}


def as_kept(error: UpstreamError, scrubber: Scrubber) -> dict[str, Any]:
    """What kept a service from answering."""
    return {"status": error.status, "code": error.code, "message": scrubber.text(error.message)}


def as_error(kept: Mapping[str, Any], provider_id: str) -> UpstreamError:
    """The error that was recorded."""
    status = int(kept.get("status", 502))
    cls = UpstreamTimeoutError if status == UpstreamTimeoutError.status else UpstreamError
    message = str(kept.get("message", f"{provider_id} cannot be reached"))
    return cls(message, provider_id=provider_id, status=status, code=kept.get("code"))
