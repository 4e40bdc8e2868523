"""A service that misbehaves as told: raw HTTP over a real socket, in a thread of its own.

A behaviour is `async def behave(line, request)`: it answers one request on `line` in whatever way a service
might. What no behaviour answers is a list of one model, so that a stack in front of it starts like any other.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from llama_stack.core.loop_thread import LoopThread

__all__ = ("Behaviour", "Line", "Request", "Upstream", "chunk", "completion", "upstream")

MODELS = {"object": "list", "data": [{"id": "m", "object": "model", "created": 0, "owned_by": "nobody"}]}


@dataclass
class Request:
    """What was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Line:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: int = 0
    chunked: bool = False

    async def send(self, data: bytes) -> None:
        """Write, and wait while the other side does not read."""
        self.writer.write(data)
        self.sent += len(data)
        await self.writer.drain()

    async def answer(self, status: int, body: bytes | dict[str, Any], **headers: str) -> None:
        """A whole answer. Header names are given with `_` for `-`."""
        if isinstance(body, dict):
            body, headers = json.dumps(body).encode(), {"content_type": "application/json", **headers}
        await self.send(_head(status, {**headers, "content-length": str(len(body))}) + body)

    async def begin(self, *, chunked: bool = True, content_type: str = "text/event-stream") -> None:
        """The head of a stream; without `chunked` its end is the end of the connection."""
        self.chunked = chunked
        how = {"transfer-encoding": "chunked"} if chunked else {"connection": "close"}
        await self.send(_head(200, {"content-type": content_type, **how}))

    async def piece(self, data: bytes) -> None:
        """A piece of the body, as it stands."""
        await self.send(b"%x\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    async def event(self, payload: bytes | dict[str, Any]) -> None:
        await self.piece(
            b"data: " + (payload if isinstance(payload, bytes) else json.dumps(payload).encode()) + b"\n\n"
        )

    async def end(self) -> None:
        """The proper end of a stream."""
        if self.chunked:
            await self.send(b"0\r\n\r\n")
        else:
            self.hang_up()

    def hang_up(self) -> None:
        self.writer.close()

    async def gone(self) -> None:
        """Wait, saying nothing, until the other side hangs up."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass


Behaviour = Callable[[Line, Request], Awaitable[None]]


@dataclass
class Upstream:
    """The running service. `behave` may be changed at any time."""

    behave: Behaviour
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)  # open connections, oldest first
    accepted: int = 0
    listing: bool = True  # answers `GET …/models` by itself

    @property
    def asked(self) -> list[Request]:
        """The requests that were not for the list of models."""
        return [request for request in self.requests if not request.path.endswith("/models")]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        self.lines.append(line)
        self.accepted += 1
        try:
            while (request := await _read(reader)) is not None and not writer.is_closing():
                self.requests.append(request)
                if self.listing and request.path.endswith("/models"):
                    await line.answer(200, MODELS, connection="close")
                    line.hang_up()
                else:
                    await self.behave(line, request)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the other side hung up: what these tests are about
        finally:
            self.lines.remove(line)
            writer.close()


@contextmanager
def upstream(behave: Behaviour) -> Iterator[Upstream]:
    """Run a service until the block is left; `url` is its base URL."""
    thread, service = LoopThread(), Upstream(behave)
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(task := asyncio.ensure_future(service.serve(reader, writer)))
        task.add_done_callback(tasks.discard)
        task.add_done_callback(lambda _: writer.close())  # a task that is cancelled before it runs closes nothing

    async def start() -> asyncio.Server:
        return await asyncio.start_server(accept, "127.0.0.1", 0)

    async def stop() -> None:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    server = thread.run(start())
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield service
    finally:
        thread.run(stop())
        thread.stop()


def completion(text: str = "hello", **more: Any) -> dict[str, Any]:
    """A whole answer in OpenAI's shape."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **more}


def chunk(text: str | None = None, *, finish: str | None = None) -> dict[str, Any]:
    """A piece of a streamed one."""
    delta = {} if text is None else {"content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Something", *(f"{n.replace('_', '-')}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None when the connection ends instead."""
    with suppress(asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Request(method, path, headers, body)
    return None
