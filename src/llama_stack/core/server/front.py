"""What every request passes first: its id, who asks, the hot routes, errors, the access log."""

import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping

from ...apis.errors import StackError, TooLargeError
from ..request_context import PROVIDER_DATA_HEADER, RequestContext, current, parse_provider_data
from .access_log import AccessLog, Entry
from .asgi import (
    ASGIApp,
    ClientGoneError,
    Message,
    Receive,
    Scope,
    Send,
    header,
    read_body,
    refuse_midway,
    with_body,
)
from .errors import error_body, error_headers, known

__all__ = ("Front",)

_DATA_HEADER = PROVIDER_DATA_HEADER.encode()
_REQUEST_ID = re.compile(rb"[\w.:-]{1,128}")


class Front:
    """The outermost ASGI app. `hot` maps (method, path) to endpoints; all else goes to `app`.

    Requests that `uploads` knows are held to a limit of their own, where they are received.
    """

    def __init__(
        self,
        app: ASGIApp,
        hot: Mapping[tuple[str, str], ASGIApp],
        *,
        max_body_bytes: int,
        uploads: Callable[[Scope], bool] = lambda scope: False,
        access_log: AccessLog | None = None,
    ) -> None:
        self.app, self.hot = app, hot
        self.max_body_bytes = max_body_bytes
        self.uploads = uploads
        self.access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    __slots__ = ("error", "front", "receive", "request_id", "scope", "send", "started", "status")

    def __init__(self, front: Front, scope: Scope, receive: Receive, send: Send) -> None:
        self.front, self.scope, self.receive, self.send = front, scope, receive, send
        self.started = time.perf_counter()
        self.status = 0
        self.error = ""
        self.request_id = ""

    async def run(self) -> None:
        try:
            self._identify()
            endpoint = self.front.hot.get((self.scope["method"], self.scope["path"]))
            if endpoint is None:
                endpoint = self.front.app
                await self._limit_body()
            await endpoint(self.scope, self.receive, self._send)
        except ClientGoneError:
            self.status, self.error = 499, "client went away"
        except Exception as error:  # the last line of defence: every request gets an answer
            await self._refuse(known(error))
        finally:
            if self.front.access_log is not None:
                self._log(self.front.access_log)

    def _identify(self) -> None:
        """Read the headers that concern every route, and bind the request's context."""
        data = length = b""
        given = None
        for name, value in self.scope["headers"]:
            if name == b"x-request-id":
                given = _REQUEST_ID.fullmatch(value)
            elif name == b"content-length":
                length = value
            elif name == _DATA_HEADER:
                data = value
        self.request_id = given[0].decode() if given else f"req_{os.urandom(12).hex()}"
        current.set(RequestContext(self.request_id, provider_data=parse_provider_data(data) if data else {}))
        if length.isdigit() and int(length) > self.front.max_body_bytes and not self.front.uploads(self.scope):
            limit = self.front.max_body_bytes
            raise TooLargeError(f"the request body is larger than {limit} bytes (server.max_body_bytes)")

    async def _limit_body(self) -> None:
        """Read a body of untold length here: the routes would read it without a limit."""
        if header(self.scope, b"transfer-encoding") is not None and not self.front.uploads(self.scope):
            self.receive = with_body(await read_body(self.receive, self.front.max_body_bytes), self.receive)

    def _send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self.request_id.encode())]
        return self.send(message)

    async def _refuse(self, error: StackError) -> None:
        self.error = error.message
        if self.status:  # too late: the answer had begun; closing the connection is all that is left
            raise error
        body = error_body(error)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        headers += error_headers(error)
        if isinstance(error, TooLargeError):
            await refuse_midway(self.receive, self._send, error.status, [*headers, (b"connection", b"close")], body)
            return
        await self._send({"type": "http.response.start", "status": error.status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def _log(self, log: AccessLog) -> None:
        client = self.scope.get("client")
        log.add(
            Entry(
                at=time.time(),
                method=self.scope["method"],
                path=self.scope["path"],
                status=self.status,
                ms=round((time.perf_counter() - self.started) * 1000, 2),
                request_id=self.request_id,
                client=client[0] if client else "",
                error=self.error or self.scope.get("stream_error", ""),
            )
        )
