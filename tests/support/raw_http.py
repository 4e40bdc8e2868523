"""HTTP as bytes on a socket: for callers who break off, send nonsense, or look at what no client shows."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ("Raw", "form", "raw")

BOUNDARY = "xxBOUNDARYxx"


@dataclass
class Raw:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *lines: str, body: bytes = b"") -> None:
        self.writer.write("\r\n".join(["", *lines, "", ""])[2:].encode("latin-1") + body)
        await self.writer.drain()

    async def more(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer, whose length is told."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(head[0].split()[1]), headers, body


@asynccontextmanager
async def raw(url: str) -> AsyncIterator[Raw]:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


def form(*parts: tuple[str, bytes], end: bool = True) -> bytes:
    """A form of parts, each with its `Content-Disposition` after `form-data; `."""
    return b"".join(_parts(parts)) + (f"--{BOUNDARY}--\r\n".encode() if end else b"")


def _parts(parts: Iterable[tuple[str, bytes]]) -> Iterable[bytes]:
    for said, content in parts:
        yield f"--{BOUNDARY}\r\nContent-Disposition: form-data; {said}\r\n\r\n".encode() + content + b"\r\n"
