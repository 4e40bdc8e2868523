"""The hot routes: inference calls answered on the raw request, bytes in and bytes out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ...apis.declare import Route
from ...apis.stream import EventStream, frame
from ...apis.wire import WireModel, WireRequest
from .asgi import ASGIApp, Receive, Scope, Send, read_body
from .errors import error_event, known
from .watch import Watch

__all__ = ("hot_endpoint",)

Method = Callable[..., Awaitable[Any]]

_STREAM_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # a proxy that buffers would hold the chunks back
]
_DONE = b"data: [DONE]\n\n"


def hot_endpoint(route: Route, method: Method, max_body_bytes: int) -> ASGIApp:
    """An endpoint for a route that takes a `WireRequest` and answers a `WireModel` or an event stream."""
    request_type = route.request
    if request_type is None or not issubclass(request_type, WireRequest):
        raise TypeError(f"{route.span_name} does not take a WireRequest")

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        request = request_type.from_wire(await read_body(receive, max_body_bytes))
        with Watch(receive) as watch:
            try:
                answer = await method(request=request)
                if isinstance(answer, EventStream):
                    scope["stream_error"] = await _send_stream(answer, send)
                else:
                    await _send_whole(answer, send)
            except asyncio.CancelledError:
                watch.explain_cancellation()
                raise

    return endpoint


async def _send_whole(answer: WireModel, send: Send) -> None:
    body = answer.wire
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_stream(stream: EventStream[Any], send: Send) -> str:
    """The events, then `[DONE]`; an error on the way is the last event, and its message is returned."""
    last, message = _DONE, ""
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS.copy()})
        async for block in stream.blocks():
            await send({"type": "http.response.body", "body": block, "more_body": True})
    except Exception as error:  # the status line is out: whatever went wrong has to be said in the stream
        told = known(error)
        last, message = frame(error_event(told)), told.message
    finally:
        await stream.aclose()
    await send({"type": "http.response.body", "body": last})
    return message
