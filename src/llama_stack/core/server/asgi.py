"""ASGI's words, and reading a body within its limit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from ...apis.errors import TooLargeError

__all__ = (
    "ASGIApp",
    "BodyPieces",
    "ClientGoneError",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "discard_body",
    "header",
    "read_body",
    "refuse_midway",
    "with_body",
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_STILL_SENDING_SECONDS = 2.0  # how long a caller may go on sending a body that was refused


class ClientGoneError(Exception):
    """The caller hung up before the answer was complete."""


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that name; names are lower case in ASGI."""
    for key, value in scope["headers"]:
        if key == name:
            return value  # type: ignore[no-any-return]
    return None


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole request body. Raises `TooLargeError` past `limit` bytes, `ClientGoneError` when it breaks off."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and message["type"] == "http.request" and len(body) <= limit:
        return body
    parts, size = [body], len(body)
    while message["type"] == "http.request":
        if size > limit:
            raise TooLargeError(f"the request body is larger than {limit} bytes (server.max_body_bytes)")
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    raise ClientGoneError


class BodyPieces:
    """A request body as it arrives. Raises `ClientGoneError` when it breaks off; `ended` says that all has come."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.ended:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ClientGoneError
            self.ended = not message.get("more_body", False)
            yield message.get("body", b"")


def with_body(body: bytes, receive: Receive) -> Receive:
    """`receive` as it was before the body was read."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again


async def discard_body(receive: Receive, seconds: float) -> None:
    """Read on until the caller has sent everything, or hung up, or the time is over."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (message := await receive())["type"] == "http.request" and message.get("more_body"):
                pass


async def refuse_midway(
    receive: Receive, send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Answer a caller who is still sending, and hang up only when that is over: else the answer may be lost."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await discard_body(receive, _STILL_SENDING_SECONDS)
    await send({"type": "http.response.body", "body": b""})
