"""Any error as an HTTP answer in OpenAI's shape."""

import logging
from typing import Any

import msgspec
from fastapi.responses import Response
from pydantic import ValidationError

from ...apis.errors import BadRequestError, StackError, UpstreamError
from ...apis.wire import explain

__all__ = ("error_body", "error_event", "error_headers", "error_response", "known")

log = logging.getLogger(__name__)


def known(error: Exception) -> StackError:
    """The error as one of ours. What nobody foresaw is logged with its traceback, and told without details."""
    if isinstance(error, StackError):
        return error
    if isinstance(error, ValidationError):
        message, param = explain(error)
        return BadRequestError(message, param=param)
    log.error("unexpected %s", type(error).__name__, exc_info=error)
    return StackError("internal error; the server's log has the details", code="internal_error")


def error_body(error: StackError) -> bytes:
    return msgspec.json.encode(error.body())


def error_event(error: StackError) -> bytes:
    """The error as the last event of a stream, where no status line can tell its status."""
    said = error.body()
    return msgspec.json.encode({**said, "error": {**said["error"], "status": error.status}})


def error_headers(error: StackError) -> list[tuple[bytes, bytes]]:
    headers: dict[str, Any] = dict(error.headers)
    if isinstance(error, UpstreamError):
        headers["x-llamastack-provider"] = error.provider_id
    return [
        (name.lower().encode("latin-1"), str(value).encode("latin-1", "replace")) for name, value in headers.items()
    ]


def error_response(error: StackError) -> Response:
    response = Response(error_body(error), status_code=error.status, media_type="application/json")
    response.raw_headers.extend(error_headers(error))
    return response
