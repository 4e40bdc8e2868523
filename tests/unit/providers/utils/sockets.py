"""Small servers on real sockets, in the test's own event loop."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@dataclass
class Asked:
    """One request, as it came."""

    line: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


Behaviour = Callable[[Asked, Reader, Writer], Awaitable[None]]


async def answer(writer: Writer, body: bytes = b"{}", head: str = "") -> None:
    writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n{head}\r\n".encode() + body)
    await writer.drain()


async def fine(asked: Asked, reader: Reader, writer: Writer) -> None:
    await answer(writer)


@dataclass
class Server:
    """Where it listens, what it was asked, and over how many connections."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/v1", scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"


async def read_request(reader: Reader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *rows = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
        return Asked(line, headers, body)
    return Asked(line, headers, await reader.readexactly(int(headers.get("content-length", 0))))


@asynccontextmanager
async def serving(behave: Behaviour = fine, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server that behaves so at each request."""
    server = Server()
    tasks = set()

    async def connected(reader: Reader, writer: Writer) -> None:
        server.connections += 1
        tasks.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            while not writer.is_closing():
                request = await read_request(reader)
                server.asked.append(request)
                await behave(request, reader, writer)
        writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(reader: Reader, writer: Writer) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def proxy(asked: Asked, reader: Reader, writer: Writer) -> None:
    """A proxy: tunnels for CONNECT, and `http://somewhere/…` answered in its place."""
    verb, target, _ = asked.line.split()
    if verb != "CONNECT":
        await answer(writer, b'{"through": "proxy"}')
        return
    host, _, port = target.rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
