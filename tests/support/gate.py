"""A way to a server that can be cut, closed, or left hanging."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

__all__ = ("Gate", "gate")


class Gate:
    """A port of its own that leads to another server, as long as it is open."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._target = host, port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()
        self._passing = asyncio.Event()
        self.port = 0

    async def open(self) -> None:
        """Let everyone through, on the same port as before."""
        self._passing.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._enter, "127.0.0.1", self.port, ssl=self._tls)
            self.port = self._server.sockets[0].getsockname()[1]

    def hang(self) -> None:
        """Take whatever is sent, and answer nothing."""
        self._passing.clear()

    async def cut(self) -> None:
        """End the connections there are; new ones may come."""
        ways = list(self._ways)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)

    async def close(self) -> None:
        """End the connections, and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.cut()

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways.add(way)
        try:
            await self._lead(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._ways.discard(way)
            writer.transport.abort()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        ways = [
            asyncio.create_task(self._carry(reader, there_writer)),
            asyncio.create_task(self._carry(there_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            there_writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._passing.wait()
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def gate(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Gate, str]]:
    """An open gate to the server at `url`, and the URL through it. With `tls`, who comes must speak it."""
    found = urlsplit(url)
    assert found.hostname is not None
    assert found.port is not None
    way = Gate(found.hostname, found.port, tls)
    await way.open()
    try:
        login, at, _ = found.netloc.rpartition("@")
        yield way, found._replace(netloc=f"{login}{at}127.0.0.1:{way.port}").geturl()
    finally:
        with suppress(OSError):
            await way.close()
