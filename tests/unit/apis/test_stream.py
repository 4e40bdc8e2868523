"""A stream of events, from bytes or from objects, read to its end or not."""

import asyncio
import gc
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Self

import pytest
from typing_extensions import override

from llama_stack.apis.errors import StackError
from llama_stack.apis.stream import EventStream, frame, payloads
from llama_stack.apis.wire import WireModel

pytestmark = pytest.mark.anyio


class Event(WireModel):
    n: int


class Source:
    """Blocks of events that remember how far they were read, and whether they were closed."""

    def __init__(self, *blocks: bytes | Exception) -> None:
        self.script = blocks
        self.read = 0
        self.closed = 0

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        try:
            for block in self.script:
                self.read += 1
                if isinstance(block, Exception):
                    raise block
                yield block
        finally:
            self.closed += 1


def events(*numbers: int) -> bytes:
    return b"".join(frame(b'{"n": %d}' % number) for number in numbers)


def stream_of(source: Source) -> EventStream[Event]:
    return EventStream(Event, source.blocks())


async def test_the_bytes_pass_as_they_are_and_the_objects_are_made_of_them() -> None:
    source = Source(events(1, 2), events(3))
    assert [block async for block in stream_of(source).blocks()] == [events(1, 2), events(3)]
    assert [event.n async for event in stream_of(source)] == [1, 2, 3]
    assert source.closed == 2


@pytest.mark.parametrize("started", [1, 2])
async def test_starting_waits_for_the_first_block_and_loses_nothing(started: int) -> None:
    source = Source(events(1), events(2))
    stream = stream_of(source)
    for _ in range(started):
        assert await stream.start() is stream
    assert source.read == 1
    assert [event.n async for event in stream] == [1, 2]


async def test_an_empty_stream_starts_and_ends() -> None:
    assert [event async for event in await stream_of(Source()).start()] == []


async def test_an_early_error_is_raised_by_starting() -> None:
    source = Source(StackError("no"))
    with pytest.raises(StackError, match="no"):
        await stream_of(source).start()
    assert source.closed == 1


async def test_an_error_in_the_middle_comes_after_what_came_before_it() -> None:
    source = Source(events(1), StackError("lost"), events(2))
    stream = stream_of(source)
    assert (await anext(stream)).n == 1
    with pytest.raises(StackError, match="lost"):
        await anext(stream)
    assert [event async for event in stream] == []
    await stream.aclose()
    assert source.closed == 1


async def test_closing_lets_go_of_the_source_and_may_be_done_twice() -> None:
    source = Source(events(1), events(2))
    async with stream_of(source) as stream:
        assert (await anext(stream)).n == 1
    assert source.closed == 1
    await stream.aclose()
    assert source.closed == 1
    assert [event async for event in stream] == []


async def test_closing_in_the_middle_of_the_blocks_lets_go_as_well() -> None:
    source = Source(events(1), events(2))
    stream = stream_of(source)
    async for _ in stream.blocks():
        break
    await stream.aclose()
    assert source.closed == 1


async def test_a_stream_that_is_only_dropped_closes_its_source() -> None:
    source = Source(events(1), events(2))
    stream = await stream_of(source).start()
    assert (await anext(stream)).n == 1
    del stream
    gc.collect()
    await asyncio.sleep(0.01)
    assert source.closed == 1


async def test_a_reader_that_is_cancelled_closes_the_source() -> None:
    source = Source(events(1))

    async def endless() -> AsyncGenerator[bytes, None]:
        async for block in source.blocks():
            yield block
            await asyncio.sleep(60)

    stream = EventStream(Event, endless())
    reader = asyncio.create_task(_all(stream))
    await asyncio.sleep(0.01)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    await stream.aclose()
    assert source.read == 1


async def _all(stream: EventStream[Event]) -> list[int]:
    return [event.n async for event in stream]


# ---- over objects


class Objects(AsyncIterator[Any]):
    """An iterator that is no generator, and can be closed."""

    def __init__(self, *objects: Any) -> None:
        self.objects = iter(objects)
        self.closed = False

    @override
    def __aiter__(self) -> Self:
        return self

    @override
    async def __anext__(self) -> Any:
        for item in self.objects:
            return item
        raise StopAsyncIteration

    async def aclose(self) -> None:
        self.closed = True


async def test_models_and_dicts_become_events() -> None:
    objects = Objects(Event(n=1), {"n": 2, "extra": "ü"}, Event.from_wire(b'{ "n": 3 }'))
    blocks = [block async for block in EventStream.of(Event, objects).blocks()]
    assert blocks == [b'data: {"n":1}\n\n', 'data: {"n":2,"extra":"ü"}\n\n'.encode(), b'data: { "n": 3 }\n\n']


async def test_objects_come_out_as_they_went_in() -> None:
    stream = EventStream.of(Event, Objects(Event(n=1), {"n": 2}))
    assert [event async for event in stream] == [Event(n=1), Event(n=2)]


async def test_a_text_with_line_breaks_stays_one_event() -> None:
    class Text(WireModel):
        text: str

    texts = ["a\n\nb", "\r\n", "data: x", "\u2028"]
    stream = EventStream.of(Text, Objects(*(Text(text=text) for text in texts)))
    assert [event.text async for event in stream] == texts


async def test_a_stream_over_a_stream_is_that_stream() -> None:
    stream = stream_of(Source(events(1)))
    assert EventStream.of(Event, stream) is stream


@pytest.mark.parametrize("read", [0, 1])
async def test_closing_closes_the_objects_iterator(read: int) -> None:
    objects = Objects(Event(n=1), Event(n=2))
    stream = EventStream.of(Event, objects)
    for _ in range(read):
        await anext(stream)
    await stream.aclose()
    assert objects.closed


async def test_the_payloads_of_a_block_are_the_data_of_its_events() -> None:
    assert [json.loads(payload) for payload in payloads(events(1, 2))] == [{"n": 1}, {"n": 2}]
    assert list(payloads(b"")) == []
