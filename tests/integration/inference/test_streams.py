"""Streams as services send them: odd, broken or endless; what the caller gets is well formed and ends."""

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import openai
import pytest

from llama_stack.apis.errors import UpstreamError, UpstreamTimeoutError
from llama_stack.providers.utils.sse import EventCleaner
from llama_stack_client import AsyncLlamaStackClient
from tests.support.front import Answer, Front, front_of
from tests.support.serving import until
from tests.support.upstream import Behaviour, Line, Request, chunk

pytestmark = pytest.mark.anyio

ONE, TWO, LAST = chunk("one"), chunk(" two"), chunk(finish="stop")
FAILURE = {"error": {"message": "out of memory", "type": "server_error", "code": "oom"}}


def plain(*payloads: Any) -> bytes:
    texts = (p if isinstance(p, bytes) else json.dumps(p).encode() for p in payloads)
    return b"".join(b"data: " + text + b"\n\n" for text in texts)


def sends(*pieces: bytes, chunked: bool = True) -> Behaviour:
    """A stream of these pieces, properly ended."""

    async def behave(line: Line, request: Request) -> None:
        await line.begin(chunked=chunked)
        for piece in pieces:
            await line.piece(piece)
        await line.end()

    return behave


def then(behave_on: Callable[[Line], Any], *events: Any, chunked: bool = True) -> Behaviour:
    """A stream that begins with these events, and goes on otherwise."""

    async def behave(line: Line, request: Request) -> None:
        await line.begin(chunked=chunked)
        for event in events:
            await line.event(event)
        await asyncio.sleep(0.02)  # so that they are on their way
        await behave_on(line)

    return behave


async def cut(line: Line) -> None:
    line.hang_up()


async def cut_in_an_event(line: Line) -> None:
    await line.piece(b'data: {"id": "c1", "choi')
    line.hang_up()


async def hang(line: Line) -> None:
    await line.gone()


def ended_well(answer: Answer) -> bool:
    return answer.status == 200 and answer.events[-1] == b"[DONE]" and answer.text == "one two"


async def works_again(front: Front) -> None:
    """The next stream is whole, and the broken one has left no connection."""
    front.up.behave = sends(PLAIN)
    assert ended_well(await front.ask(stream=True))
    assert len(front.up.lines) <= 1


# ---- odd, but right


PLAIN = plain(ONE, TWO, LAST, b"[DONE]")
ODD = {
    "plain": PLAIN,
    "crlf": PLAIN.replace(b"\n", b"\r\n"),
    "no space": PLAIN.replace(b"data: ", b"data:"),
    "comments": b": hello\n\n" + PLAIN.replace(b"data: ", b": keep-alive\ndata: "),
    "other fields": PLAIN.replace(b"data: ", b"id: 7\nevent: message\nretry: 100\ndata: "),
    "many blank lines": b"\n\n" + PLAIN.replace(b"\n\n", b"\n\n\n\n"),
    "many lines": PLAIN.replace(b', "object"', b',\ndata: "object"'),
    "no done": plain(ONE, TWO, LAST),
    "no last blank line": plain(ONE, TWO, LAST)[:-2],
    "usage after the end": plain(ONE, TWO, LAST, {**LAST, "choices": [], "usage": {"total_tokens": 3}}),
    "nothing after done counts": PLAIN + plain(chunk(" three")),
    "null error": plain({**ONE, "error": None}, TWO, LAST),
}


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until it closes"])
@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
async def test_an_odd_stream_is_passed_on_in_good_form(body: bytes, chunked: bool) -> None:
    async with front_of(sends(body, chunked=chunked)) as front:
        assert ended_well(await front.ask(stream=True))


@pytest.mark.parametrize("body", [ODD["crlf"], ODD["comments"]], ids=["crlf", "comments"])
async def test_a_stream_may_come_byte_by_byte(body: bytes) -> None:
    async with front_of(sends(*(body[i : i + 1] for i in range(len(body))))) as front:
        assert ended_well(await front.ask(stream=True))


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_wherever_a_stream_is_split_the_events_are_the_same(body: bytes) -> None:
    for place in range(len(body)):
        cleaner = EventCleaner("up")
        events = cleaner.feed(body[:place])
        if not cleaner.done:
            events += cleaner.feed(body[place:])
        if not cleaner.done:
            events += cleaner.finish()
        assert cleaner.failure is None
        payloads = [json.loads(event[6:]) for event in events.split(b"\n\n") if event]
        assert "".join(p["choices"][0]["delta"].get("content") or "" for p in payloads if p["choices"]) == "one two"


async def test_bytes_that_are_in_order_are_not_touched() -> None:
    odd_json = b'{"id":"c1",  "created":1,"model":"m","choices":[{"index":0,"delta":{"content":"\\u0041\xc3\xa9"}}]}'
    async with front_of(sends(plain(odd_json, LAST, b"[DONE]"))) as front:
        assert (await front.ask(stream=True)).events[0] == odd_json


# ---- broken


BROKEN = {
    "cut": (then(cut, ONE, TWO), 502, None),
    "cut in an event": (then(cut_in_an_event, ONE, TWO), 502, None),
    "closed early": (then(cut, ONE, TWO, chunked=False), 502, "upstream_stream_cut"),
    "closed in an event": (then(cut_in_an_event, ONE, TWO, chunked=False), 502, "upstream_stream_cut"),
    "ended early": (sends(plain(ONE, TWO)), 502, "upstream_stream_cut"),
    "bad json": (sends(plain(ONE, TWO, b'{"id": ')), 502, "upstream_malformed"),
    "no json": (sends(plain(ONE, TWO, b"oops")), 502, "upstream_malformed"),
    "no object": (sends(plain(ONE, TWO, b"[1]")), 502, "upstream_malformed"),
    "an error": (sends(plain(ONE, TWO, FAILURE)), 502, "oom"),
    "an error event": (sends(plain(ONE, TWO) + b"event: error\n" + plain(FAILURE)), 502, "oom"),
    "an error with its status": (sends(plain(ONE, TWO, {"error": {"message": "busy", "code": 429}})), 429, 429),
    "a hang": (then(hang, ONE, TWO), 504, "upstream_timeout"),
}


@pytest.mark.parametrize(("behave", "status", "code"), BROKEN.values(), ids=BROKEN)
async def test_a_broken_stream_gives_what_came_and_ends_in_an_error(
    behave: Behaviour, status: int, code: str | int | None
) -> None:
    async with front_of(behave) as front:
        answer = await front.ask(stream=True)
        assert answer.status == 200
        assert answer.text == "one two"
        assert [event for event in answer.events if event == b"[DONE]"] == []
        error = answer.error
        assert (error["provider_id"], error["status"]) == ("up", status)
        assert error["code"] == (code or "upstream_connection_lost")
        assert error["message"] in json.loads(front.log.splitlines()[-1])["error"]
        await works_again(front)


NEVER_BEGAN = {
    "empty": (sends(), 502, "upstream_stream_cut"),
    "cut": (then(cut), 502, "upstream_connection_lost"),
    "an error at once": (sends(plain({"error": {"message": "busy", "code": 503}})), 503, 503),
    "bad json": (sends(plain(b"{")), 502, "upstream_malformed"),
    "a page": (sends(b"<html>\n\n</html>"), 502, "upstream_stream_cut"),
    "a hang": (then(hang), 504, "upstream_timeout"),
    "comments for ever": (then(hang, b"\n\n: wait\n\n: wait"), 504, "upstream_timeout"),
}


@pytest.mark.parametrize(("behave", "status", "code"), NEVER_BEGAN.values(), ids=NEVER_BEGAN)
async def test_a_stream_that_never_began_is_refused_with_a_status(
    behave: Behaviour, status: int, code: str | int | None
) -> None:
    async with front_of(behave) as front:
        answer = await front.ask(stream=True)
        assert (answer.status, answer.error["code"], answer.error["provider_id"]) == (status, code, "up")
        await works_again(front)


async def test_a_body_that_does_not_end_after_done_is_not_waited_for() -> None:
    async with front_of(then(hang, ONE, TWO, LAST, b"[DONE]")) as front:
        began = time.perf_counter()
        assert ended_well(await front.ask(stream=True))
        assert time.perf_counter() - began < 0.29  # the read timeout is 0.3
        await until(lambda: not front.up.lines, 0.2)


async def test_an_event_without_end_is_given_up() -> None:
    async def endless(line: Line, request: Request) -> None:
        await line.begin()
        while True:
            await line.piece(b"data: " + b"x" * (1 << 20))

    async with front_of(endless) as front:
        answer = await front.ask(stream=True)
        assert (answer.status, answer.error["code"]) == (502, "upstream_malformed")
        await until(lambda: not front.up.lines, 0.5)


# ---- what callers of the clients see


CASES = {
    "a hang": (then(hang, ONE, TWO), UpstreamTimeoutError),
    "an error": (sends(plain(ONE, TWO, FAILURE)), UpstreamError),
    "a cut": (then(cut, ONE, TWO), UpstreamError),
}


@pytest.mark.parametrize(("behave", "cls"), CASES.values(), ids=CASES)
async def test_the_error_in_a_stream_is_the_same_through_the_library_and_over_http(
    behave: Behaviour, cls: type[UpstreamError]
) -> None:
    async with front_of(behave) as front, AsyncLlamaStackClient(front.server.url) as client:
        errors = []
        for inference in (front.server.stack.inference, client.inference):
            text = ""
            with pytest.raises(cls) as caught:  # noqa: PT012  # the loop is what raises
                async for event in await inference.post_chat_completion(**ASKED):
                    text += event.delta
            assert text == "one two"
            errors.append(caught.value)
    facts = [(type(e), e.status, e.code, e.message, e.provider_id) for e in errors]
    assert facts[0] == facts[1]


ASKED: Any = {"model": "up/m", "messages": [{"role": "user", "content": "x"}], "stream": True}


async def test_the_openai_sdk_raises_the_error_of_a_stream() -> None:
    async with (
        front_of(sends(plain(ONE, TWO, FAILURE))) as front,
        openai.AsyncOpenAI(base_url=f"{front.server.url}/v1", api_key="-", max_retries=0) as client,
    ):
        with pytest.raises(openai.APIError, match="out of memory") as caught:
            async for _ in await client.chat.completions.create(**ASKED):
                pass
        assert caught.value.code == "oom"
