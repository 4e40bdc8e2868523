"""What can go wrong, each error with its HTTP status.

StackError 500
 · ConfigError 400            the run config is wrong
 · BadRequestError 400        the caller's request is wrong
   · UnsupportedError 400     this model or provider has no such operation
   · TooLargeError 413        the request body is over the limit
 · UnauthenticatedError 401   no key, or a wrong one
 · ForbiddenError 403         known, but not allowed
 · NotFoundError 404          no such thing
   · ModelNotFoundError 404
 · ConflictError 409          it exists already, with other content
 · UnsatisfiableRangeError 416  the file has no such bytes
 · RateLimitedError 429       too many requests; says when to retry
 · UpstreamError 502          a remote service refused or failed; keeps its status and body
   · UpstreamTimeoutError 504
 · UnavailableError 503       the provider cannot run here (a package or a file is missing)
 · OutOfSpaceError 507        there is no room to keep it
"""

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

__all__ = (
    "BadRequestError",
    "ConfigError",
    "ConflictError",
    "ForbiddenError",
    "ModelNotFoundError",
    "NotFoundError",
    "OutOfSpaceError",
    "RateLimitedError",
    "StackError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnsatisfiableRangeError",
    "UnsupportedError",
    "UpstreamError",
    "UpstreamTimeoutError",
)


class StackError(Exception):
    """Base of every error a caller can act on.

    `body()` is OpenAI's error object; `headers` go with the HTTP answer.
    """

    status = 500
    type = "server_error"
    code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.param = param
        self.headers: dict[str, str] = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}


class BadRequestError(StackError):
    """The caller's request is wrong; the message says where and how."""

    status = 400
    type = "invalid_request_error"


class ConfigError(BadRequestError):
    """The run config is wrong; the message lists every mistake with its place."""

    code = "invalid_config"


class UnsupportedError(BadRequestError):
    """This model, or the provider that serves it, has no such operation."""

    code = "unsupported"


class TooLargeError(BadRequestError):
    """The request body is over the server's limit."""

    status = 413
    code = "request_too_large"


class UnauthenticatedError(BadRequestError):
    """No key was given, or it is wrong."""

    status = 401
    type = "authentication_error"
    code = "invalid_api_key"


class ForbiddenError(BadRequestError):
    """The caller is known, but may not do this."""

    status = 403
    type = "permission_error"


class NotFoundError(BadRequestError):
    """There is no such thing, or the caller may not see it."""

    status = 404
    code = "not_found"


class ModelNotFoundError(NotFoundError):
    """No provider serves a model of this name."""

    code = "model_not_found"


class ConflictError(BadRequestError):
    """It exists already, with other content."""

    status = 409
    code = "conflict"


class UnsatisfiableRangeError(BadRequestError):
    """The file ends before the range that was asked for."""

    status = 416
    code = "range_not_satisfiable"


class RateLimitedError(BadRequestError):
    """Too many requests; `Retry-After` says when to come back."""

    status = 429
    type = "rate_limit_error"
    code = "rate_limit_exceeded"


class UnavailableError(StackError):
    """A provider cannot run here: a package, a file or a setting is missing."""

    status = 503
    code = "provider_unavailable"


class OutOfSpaceError(StackError):
    """There is no room to keep it."""

    status = 507
    code = "storage_full"


class UpstreamError(StackError):
    """A remote service refused or failed.

    Its own status and error object are kept, and `provider_id` names who it was.
    """

    status = 502
    type = "upstream_error"

    def __init__(
        self,
        message: str,
        *,
        provider_id: str,
        status: int | None = None,
        error: Mapping[str, Any] | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, code=code, headers=headers)
        self.provider_id = provider_id
        self.status = status or self.status
        self.error = dict(error or {})

    @override
    def body(self) -> dict[str, Any]:
        """The service's own error object, completed to OpenAI's shape, with `provider_id` beside it."""
        own = super().body()["error"]
        return {"error": own | self.error | {"message": self.message, "provider_id": self.provider_id}}


class UpstreamTimeoutError(UpstreamError):
    """A remote service did not answer in time."""

    status = 504
    code = "upstream_timeout"
