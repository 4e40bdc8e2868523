"""Methods that take a file, as routes: the form is received first, then the method is called."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from typing_extensions import override

from ...apis.declare import Route
from ...apis.errors import StackError
from ...apis.transfer import Intake
from ...apis.wire import dump
from .asgi import BodyPieces, ClientGoneError, Receive, Scope, Send, refuse_midway
from .errors import error_body, error_headers, known
from .forms import received_form

__all__ = ("UploadPaths", "upload_handler")

Method = Callable[..., Awaitable[Any]]
_PARAMETER = re.compile(r"\\\{\w+(:path)?\\\}")


class UploadPaths:
    """Which requests bring a file, and so are not held to the limit of other bodies."""

    def __init__(self, routes: Iterable[Route]) -> None:
        takers = [(route.verb, path) for route in routes if route.upload for path in (route.path, *route.aliases)]
        self._paths = [(verb, re.compile(_pattern(path))) for verb, path in takers]

    def __call__(self, scope: Scope) -> bool:
        return any(scope["method"] == verb and path.fullmatch(scope["path"]) for verb, path in self._paths)


def upload_handler(route: Route, method: Method, max_bytes: int) -> Callable[..., Awaitable[Response]]:
    """What FastAPI calls for such a route: with the request, and with the parameters of its path."""

    async def handle(request: Request, **path: Any) -> Response:
        owner = getattr(method, "__self__", None)
        intake: Intake = getattr(owner, "intake", None) or Intake()
        body = BodyPieces(request.receive)
        try:
            async with received_form(route, request.scope, body, intake, max_bytes) as arguments:
                result = await method(**path, **arguments)
        except ClientGoneError:
            return _Gone(request.scope)
        except Exception as error:
            return _Refusal(known(error), still_sending=not body.ended)
        return Response(dump(result), status_code=getattr(result, "status_code", 200), media_type="application/json")

    return handle


class _Refusal(Response):
    """An error, for a caller who may still be sending."""

    def __init__(self, error: StackError, *, still_sending: bool) -> None:
        super().__init__(error_body(error), status_code=error.status, media_type="application/json")
        self.raw_headers.extend(error_headers(error))
        self._still_sending = still_sending

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._still_sending:
            await super().__call__(scope, receive, send)
            return
        headers = [*self.raw_headers, (b"connection", b"close")]
        await refuse_midway(receive, send, self.status_code, headers, bytes(self.body))


class _Gone(Response):
    """The end of an upload that broke off: nobody reads an answer."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(status_code=499)
        scope["stream_error"] = "client went away"


def _pattern(path: str) -> str:
    return _PARAMETER.sub(lambda found: ".+" if found[1] else "[^/]+", re.escape(path))
