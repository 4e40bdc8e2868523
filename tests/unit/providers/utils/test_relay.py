"""Calls to a service: its answers, whole and streamed, and what passes for one."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.apis.stream import frame
from llama_stack.apis.wire import WireModel
from llama_stack.providers.utils.relay import Relay
from tests.unit.providers.utils.sockets import Asked, Behaviour, Reader, Server, Writer, answer, serving

pytestmark = pytest.mark.anyio

LAST = {"n": 2, "choices": [{"finish_reason": "stop"}]}


class Event(WireModel):
    n: int


@asynccontextmanager
async def relay(behave: Behaviour) -> AsyncIterator[tuple[Relay, Server]]:
    async with serving(behave) as server, Relay("groq", server.url("/v1/"), api_key="sk-12345") as opened:
        yield opened, server


def answering(body: Any, head: str = "content-type: application/json\r\n") -> Behaviour:
    async def behave(asked: Asked, reader: Reader, writer: Writer) -> None:
        await answer(writer, body if isinstance(body, bytes) else json.dumps(body).encode(), head)

    return behave


def streaming(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> Behaviour:
    """An event stream in chunks of the given bytes; without an `end` the connection stays open."""

    async def behave(asked: Asked, reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        writer.write(end)

    return behave


def events(*rows: dict[str, Any]) -> bytes:
    return b"".join(frame(json.dumps(row).encode()) for row in rows)


async def test_a_call_carries_the_key_and_its_own_headers() -> None:
    async with relay(answering({"n": 1})) as (groq, server):
        assert (await groq.whole("/chat", b"{}", Event, {"x-mine": "1"})).n == 1
        asked = server.asked[0]
        assert asked.line == "POST /v1/chat HTTP/1.1"
        assert asked.headers["authorization"] == "Bearer sk-12345"
        assert (asked.headers["content-type"], asked.headers["x-mine"]) == ("application/json", "1")


async def test_an_answer_is_the_bytes_that_came() -> None:
    async with relay(answering(b'{ "n" : 1, "x": 1.50 }')) as (groq, _):
        assert (await groq.whole("/chat", b"{}", Event)).wire == b'{ "n" : 1, "x": 1.50 }'


async def test_a_bare_list_is_an_answer_as_well() -> None:
    async with relay(answering([{"id": "a"}])) as (groq, _):
        assert await groq.get("/models") == [{"id": "a"}]


@pytest.mark.parametrize("error", [None, "", {}, False])
async def test_a_field_that_says_there_is_no_error_is_none(error: object) -> None:
    async with relay(answering({"n": 1, "error": error})) as (groq, _):
        assert (await groq.whole("/chat", b"{}", Event)).n == 1


async def test_an_error_in_an_answer_that_says_200_is_one() -> None:
    async with relay(answering({"error": "loading the model"})) as (groq, _):
        for call in (groq.whole("/chat", b"{}", Event), groq.stream("/chat", b"{}", Event)):
            with pytest.raises(UpstreamError, match="loading the model"):
                await call


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"n": 1', b"", b'{"a":' + b"[" * 50_000])
async def test_an_answer_that_is_no_json_is_quoted_in_part(body: bytes) -> None:
    async with relay(answering(body)) as (groq, _):
        with pytest.raises(UpstreamError, match="groq answered something that is not JSON") as caught:
            await groq.whole("/chat", b"{}", Event)
        assert (caught.value.code, caught.value.status) == ("upstream_malformed", 502)
        assert len(caught.value.message) < 200


async def test_a_whole_answer_where_a_stream_was_asked_for_is_told() -> None:
    async with relay(answering({"n": 1})) as (groq, _):
        with pytest.raises(UpstreamError, match="groq did not stream; it answered"):
            await groq.stream("/chat", b"{}", Event)


async def test_a_stream_gives_its_events_and_its_connection_is_used_again() -> None:
    async with relay(streaming(events({"n": 1}), events(LAST), b"data: [DONE]\n\n")) as (groq, server):
        for _ in range(3):
            stream = await groq.stream("/chat", b"{}", Event)
            assert [event.n async for event in stream] == [1, 2]
            await stream.aclose()
        assert server.connections == 1


async def test_after_done_nothing_can_go_wrong() -> None:
    async def resets(asked: Asked, reader: Reader, writer: Writer) -> None:
        await streaming(events({"n": 1}) + b"data: [DONE]\n\n", end=b"")(asked, reader, writer)
        writer.close()

    async with relay(resets) as (groq, _):
        stream = await groq.stream("/chat", b"{}", Event)
        assert [event.n async for event in stream] == [1]


async def test_a_service_that_keeps_the_line_open_after_done_is_hung_up_on() -> None:
    async with relay(streaming(events({"n": 1}) + b"data: [DONE]\n\n", end=b"")) as (groq, _):
        begun = time.monotonic()
        stream = await groq.stream("/chat", b"{}", Event)
        assert [event.n async for event in stream] == [1]
        assert time.monotonic() - begun < 1


async def test_an_error_as_the_first_event_is_raised_before_the_stream_begins() -> None:
    first = events({"error": {"message": "tired", "code": 503}})
    async with relay(streaming(first)) as (groq, _):
        with pytest.raises(UpstreamError, match="tired") as caught:
            await groq.stream("/chat", b"{}", Event)
        assert caught.value.status == 503


async def test_an_error_later_comes_after_the_events_before_it() -> None:
    async with relay(streaming(events({"n": 1}) + events({"error": "tired of sk-12345"}))) as (groq, _):
        stream = await groq.stream("/chat", b"{}", Event)
        assert (await anext(stream)).n == 1
        with pytest.raises(UpstreamError, match=r"tired of \*\*\*"):
            await anext(stream)
        await stream.aclose()


async def test_closing_a_stream_hangs_up_at_once() -> None:
    gone = asyncio.Event()

    async def endless(asked: Asked, reader: Reader, writer: Writer) -> None:
        await streaming(events({"n": 1}), end=b"")(asked, reader, writer)
        assert await reader.read(1) == b""
        gone.set()
        writer.close()

    async with relay(endless) as (groq, _):
        async with await groq.stream("/chat", b"{}", Event) as stream:
            assert (await anext(stream)).n == 1
        await asyncio.wait_for(gone.wait(), 1)
