"""A transport that records or replays, in front of a service on a real socket."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.transport import AiohttpTransport, Transport, UpstreamRequest
from llama_stack.testing import Cassette, Options
from llama_stack.testing.cassettes.scrub import Scrubber

Tape = Callable[..., Cassette]


@pytest.fixture
def tape(tmp_path: Path) -> Tape:
    """Opens the cassette of this test, in some mode."""

    def make(mode: Any = "replay", **options: Any) -> Cassette:
        return Cassette(tmp_path / "tape.yaml", mode, Options(**options), how_to_record="make record")

    return make


@asynccontextmanager
async def through(cassette: Cassette, secrets: Iterable[str] = (), provider: str = "up") -> AsyncIterator[Transport]:
    """A transport of a provider, by way of that cassette."""
    network = NetworkConfig(read_timeout_seconds=5)
    scrubber = Scrubber(secrets, cassette.options)
    transport = cassette.wrap(provider, network, AiohttpTransport(provider, network), scrubber)
    try:
        yield transport
    finally:
        await transport.aclose()


async def call(transport: Transport, url: str, body: bytes | None = b"{}", method: str = "POST", **headers: str) -> Any:
    """The status and the whole body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await transport.send(UpstreamRequest(method, url, named, body))
    try:
        return response.status, await response.read()
    finally:
        response.close()


async def frames(
    transport: Transport, url: str, take: int | None = None, body: bytes = b'{"stream":true}'
) -> list[bytes]:
    """The frames of a streamed answer; after `take` of them, hang up."""
    response = await transport.send(UpstreamRequest("POST", url, {}, body))
    read: list[bytes] = []
    reads = response.reads()
    try:
        async for frame in reads:
            read.append(frame)
            if len(read) == take:
                break
    finally:
        await reads.aclose()
        response.close()
    return read
