"""A stream of server-sent events, kept as the bytes they came in until someone wants objects."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, Generic, Self, TypeVar

import msgspec
from pydantic import BaseModel

from .wire import WireModel, dump

__all__ = ("EventStream", "frame", "payloads")

E = TypeVar("E", bound=WireModel)


def frame(payload: bytes) -> bytes:
    """One server-sent event."""
    return b"data: " + payload + b"\n\n"


def payloads(block: bytes) -> Iterator[bytes]:
    """The data of each event in a block."""
    return (event[6:] for event in block.split(b"\n\n") if event)


class EventStream(Generic[E]):
    """Events of one type: `async for event in stream` gives objects, `stream.blocks()` the bytes.

    A block is one or more whole `data: {…}` events. The end of the stream is the end of the iteration
    (no `[DONE]`), and what goes wrong is raised. Whoever opens a stream closes it: `await stream.aclose()`,
    or `async with stream`. A stream is read once.
    """

    def __init__(self, event: type[E], blocks: AsyncGenerator[bytes, None], *, source: object = None) -> None:
        """`source` is what `blocks` reads from; it is closed with the stream, even when nothing was read."""
        self.event = event
        self._blocks = blocks
        self._source = source
        self._first: bytes | None = None
        self._events: AsyncGenerator[E, None] | None = None

    @classmethod
    def of(cls, event: type[E], events: AsyncIterator[E | dict[str, Any]]) -> "EventStream[E]":
        """A stream over objects, as an in-process provider makes them."""
        return events if isinstance(events, EventStream) else cls(event, _encode(events), source=events)

    async def start(self) -> Self:
        """Wait for the first block, so that an early error is raised before the answer has begun."""
        if self._first is None:
            self._first = await anext(self._blocks, b"")
        return self

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """The stream as bytes."""
        if self._first:
            yield self._first
        async for block in self._blocks:
            yield block

    async def _decode(self) -> AsyncGenerator[E, None]:
        async for block in self.blocks():
            for payload in payloads(block):
                yield self.event.from_wire(payload)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        if self._events is None:
            self._events = self._decode()
        return await anext(self._events)

    async def aclose(self) -> None:
        """Stop, and let go of what feeds the stream. Safe to call twice."""
        if self._events is not None:
            await self._events.aclose()
        await self._blocks.aclose()
        if close := getattr(self._source, "aclose", None):
            await close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def _encode(events: AsyncIterator[Any]) -> AsyncGenerator[bytes, None]:
    async for event in events:
        yield frame(dump(event) if isinstance(event, BaseModel) else msgspec.json.encode(event))
