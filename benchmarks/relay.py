"""The limit: a bare ASGI relay on the libraries of our gateway (uvicorn and aiohttp) that looks at nothing it carries.

Run it: python -m benchmarks.relay --port 9902 --upstream http://127.0.0.1:9901
"""

import argparse
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import aiohttp
import uvicorn

__all__ = ("Relay",)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Relay:
    """An ASGI application that hands each request to one upstream and its answer back, bytes untouched."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.client: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "http":
            await self.relay(scope, await _body(receive), send)

    async def live(self, receive: Receive, send: Send) -> None:
        await receive()
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None)
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.client.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def relay(self, scope: Message, body: bytes, send: Send) -> None:
        assert self.client is not None
        headers = {"content-type": "application/json"}
        url = self.upstream + scope["path"]
        async with self.client.request(scope["method"], url, data=body or None, headers=headers) as answer:
            if answer.content_length is None:
                await _stream(answer, send)
            else:
                await send(_head(answer, (b"content-length", str(answer.content_length).encode())))
                await send({"type": "http.response.body", "body": await answer.read()})


async def _body(receive: Receive) -> bytes:
    message = await receive()
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    parts = [message["body"]]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


def _head(answer: aiohttp.ClientResponse, *more: tuple[bytes, bytes]) -> Message:
    headers = [(b"content-type", answer.headers["content-type"].encode()), *more]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _stream(answer: aiohttp.ClientResponse, send: Send) -> None:
    await send(_head(answer))
    async for data in answer.content.iter_any():
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=9902)
    options.add_argument("--upstream", default="http://127.0.0.1:9901")
    chosen = options.parse_args()
    app: Any = Relay(chosen.upstream)
    uvicorn.run(app, port=chosen.port, loop="uvloop", http="httptools", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
