"""The stack's HTTP face without a socket, for SDKs that let their HTTP client be chosen.

The official SDKs take an `httpx` (newer ones: `httpx2`) client. These transports call the ASGI app in the same
process; bodies stream both ways of time: a chunk is handed over when it is made, not when the answer is complete.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ...apis.errors import UnavailableError
from ..loop_thread import LoopThread
from .asgi import ASGIApp, Message

__all__ = ("async_http_client", "sync_http_client")

_BASE_URL = "http://llama-stack"


def async_http_client(app: ASGIApp, httpx: Any = None) -> Any:
    """An `AsyncClient` whose requests go to `app`. `httpx` is the module to build on; newest installed by default."""
    httpx = httpx or _installed()

    class Body(httpx.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, exchange: Exchange) -> None:
            self.exchange = exchange

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while (data := await self.exchange.read()) is not None:
                yield data

        async def aclose(self) -> None:
            await self.exchange.close()

    class Transport(httpx.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            pieces = aiter(request.stream) if _is_form(request) else None
            exchange = Exchange(app, _scope(request), b"" if pieces else await request.aread(), pieces)
            status, headers = await exchange.start()
            return httpx.Response(status, headers=headers, stream=Body(exchange), request=request)

    return httpx.AsyncClient(transport=Transport(), base_url=_BASE_URL, timeout=None)


def sync_http_client(app: ASGIApp, thread: LoopThread, httpx: Any = None) -> Any:
    """The same as a `Client`; the app runs in `thread`."""
    httpx = httpx or _installed()

    class Body(httpx.SyncByteStream):  # type: ignore[misc]
        def __init__(self, exchange: Exchange) -> None:
            self.exchange = exchange

        def __iter__(self) -> Iterator[bytes]:
            while (data := thread.run(self.exchange.read())) is not None:
                yield data

        def close(self) -> None:
            thread.run(self.exchange.close())

    class Transport(httpx.BaseTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            pieces = _beside(iter(request.stream)) if _is_form(request) else None
            exchange = Exchange(app, _scope(request), b"" if pieces else request.read(), pieces)
            status, headers = thread.run(exchange.start())
            return httpx.Response(status, headers=headers, stream=Body(exchange), request=request)

    return httpx.Client(transport=Transport(), base_url=_BASE_URL, timeout=None)


class Exchange:
    """One request to an ASGI app in this process. Closing it early is to the app what hanging up is.

    A body comes whole, or in `pieces`, each taken when the app asks for it.
    """

    def __init__(
        self, app: ASGIApp, scope: dict[str, Any], body: bytes, pieces: AsyncIterator[bytes] | None = None
    ) -> None:
        self._app, self._scope, self._pieces = app, scope, pieces
        self._request: Message | None = {"type": "http.request", "body": body, "more_body": False}
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=1)  # the app waits for its reader
        self._gone = asyncio.Event()
        self._ended = False

    async def start(self) -> tuple[int, list[tuple[bytes, bytes]]]:
        """Send the request; the status and the headers of the answer."""
        self._call = asyncio.ensure_future(self._run())
        try:
            first = await self._messages.get()
        except asyncio.CancelledError:
            await self.close()
            raise
        if first is None:
            await self._call  # raises what the app raised
            raise RuntimeError("the app ended without an answer")
        return first["status"], list(first["headers"])

    async def read(self) -> bytes | None:
        """The next piece of the body; None at its end."""
        while not self._ended:
            message = await self._messages.get()
            if message is None:
                self._ended = True
                await self._call
                break
            self._ended = not message.get("more_body", False)
            if body := message.get("body", b""):
                return body  # type: ignore[no-any-return]
        return None

    async def close(self) -> None:
        """Hang up, if the answer is not complete, and wait until the app has noticed."""
        self._gone.set()
        while not self._call.done():
            if not self._messages.empty():
                self._messages.get_nowait()
            await asyncio.wait([self._call], timeout=0.01)

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._messages.put)
        finally:
            if not self._gone.is_set():
                await self._messages.put(None)

    async def _receive(self) -> Message:
        if self._pieces is not None:
            async for piece in self._pieces:
                return {"type": "http.request", "body": piece, "more_body": True}
            self._pieces = None
        message, self._request = self._request, None
        if message is not None:
            return message
        await self._gone.wait()
        return {"type": "http.disconnect"}


def _is_form(request: Any) -> bool:
    """Whether there may be a file in the body, which does not have to fit in memory."""
    return bool(request.headers.get("content-type", "").startswith("multipart/"))


async def _beside(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What blocks while it is read, read in a thread."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece


def _scope(request: Any) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "query_string": url.query,
        "root_path": "",
        "server": (url.host, url.port or 80),
        "client": None,
    }


def _installed() -> Any:
    for name in ("httpx2", "httpx"):
        if find_spec(name):
            return import_module(name)
    raise UnavailableError("calling the stack through an SDK in this process needs httpx2: pip install httpx2")
