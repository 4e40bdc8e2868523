"""Callers who leave, callers who read slowly, and many at once."""

import asyncio
import json
import random
import socket
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from llama_stack import AsyncLlamaStackAsLibraryClient
from tests.support.doors import DOORS, Door, open_door
from tests.support.front import Front, front_of
from tests.support.serving import until
from tests.support.upstream import Line, Request, chunk, completion

pytestmark = pytest.mark.anyio

AWAITABLE = [name for name in DOORS if not name.endswith("sync")]  # a thread that waits cannot be interrupted
ROUNDS = 3  # the machine may be busy: the quickest of them counts
SOON = 0.1


async def never_answers(line: Line, request: Request) -> None:
    await line.gone()


async def never_ends(line: Line, request: Request) -> None:
    await line.begin()
    await line.event(chunk("one"))
    await line.gone()


async def floods(line: Line, request: Request) -> None:
    await line.begin()
    while True:
        await line.event(chunk("x" * 50_000))


async def leaves(front: Front, start: Callable[[], Awaitable[Callable[[], Awaitable[Any]]]]) -> None:
    """Call and leave, some times; the service must see its connection closed soon after."""
    seconds = []
    for _ in range(ROUNDS):
        leave = await start()
        await until(lambda: len(front.up.lines) == 1)  # a library's list of models has its own
        began = time.perf_counter()
        await leave()
        await until(lambda: not front.up.lines, 2)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < SOON


@pytest.mark.parametrize("name", DOORS)
async def test_leaving_a_stream_closes_the_call_to_the_service(name: str) -> None:
    async with (
        front_of(never_ends, read_timeout_seconds=20) as front,
        open_door(name, front.config, front.server.url) as door,
    ):
        await leaves(front, lambda: stream_of(door))


async def stream_of(door: Door) -> Callable[[], Awaitable[Any]]:
    stream: Any = door.chunks(model="up/m")
    assert (await anext(stream)).choices[0].delta.content == "one"
    return stream.aclose  # type: ignore[no-any-return]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", AWAITABLE)
async def test_leaving_before_the_answer_closes_the_call_to_the_service(name: str, stream: bool) -> None:
    async def start() -> Callable[[], Awaitable[Any]]:
        call = asyncio.create_task(door.chat(model="up/m", stream=stream))
        await until(lambda: front.up.lines and front.up.asked)
        await asyncio.sleep(0.01)
        return lambda: stopped(call)

    async with (
        front_of(never_answers, read_timeout_seconds=20) as front,
        open_door(name, front.config, front.server.url) as door,
    ):
        await leaves(front, start)
        assert set(statuses(front)) <= {499}


async def stopped(call: "asyncio.Task[Any]") -> None:
    call.cancel()
    await asyncio.wait([call])


def statuses(front: Front) -> list[int]:
    entries = map(json.loads, front.log.splitlines())
    return [entry["status"] for entry in entries if entry["path"].endswith("/completions")]


async def test_a_broken_off_answer_is_not_stored() -> None:
    async with (
        front_of(never_ends, read_timeout_seconds=20) as front,
        open_door("http", front.config, front.server.url) as door,
    ):
        stream: Any = door.chunks(model="up/m", store=True)
        await anext(stream)
        await stream.aclose()
        await until(lambda: not front.up.lines)
        assert (await door("list_chat_completions")).data == []


async def test_a_caller_who_leaves_in_the_middle_of_the_request_leaves_nothing() -> None:
    async with front_of(never_answers) as front:
        _, writer = await connect(front)
        writer.write(b'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{"model": "up/m"')
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.close()
        await until(lambda: statuses(front) == [499])
        assert not front.up.asked


# ---- slow readers


async def test_a_caller_who_does_not_read_stops_the_service_from_sending() -> None:
    async with front_of(floods, read_timeout_seconds=20) as front:
        body = json.dumps({"model": "up/m", "messages": [{"role": "user", "content": "x"}], "stream": True}).encode()
        head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body)
        reader, writer = await connect(front)
        writer.write(head + body)
        await reader.readuntil(b"\r\n\r\n")
        await stands_still(front)
        writer.close()
        await until(lambda: not front.up.lines, 2)


@pytest.mark.parametrize("name", ["direct", "openai-in-process", "openai-in-process-sync", "library-sync"])
async def test_a_caller_in_the_process_who_does_not_read_does_too(name: str) -> None:
    async with (
        front_of(floods, read_timeout_seconds=20) as front,
        open_door(name, front.config, front.server.url) as door,
    ):
        stream: Any = door.chunks(model="up/m")
        await anext(stream)
        await stands_still(front)
        await stream.aclose()


async def connect(front: Front) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A raw connection to the server that buffers little."""
    host, port = front.server.url.removeprefix("http://").split(":")
    raw = socket.create_connection((host, int(port)))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    return await asyncio.open_connection(sock=raw, limit=65536)


async def stands_still(front: Front) -> None:
    """The service has stopped sending, after no more than what buffers hold."""
    line = max(front.up.lines, key=lambda line: line.sent)
    sent = -1
    async with asyncio.timeout(5):
        while sent != line.sent:
            sent = line.sent
            await asyncio.sleep(0.25)
    assert 0 < sent < 30 << 20


# ---- many at once


async def test_callers_of_a_hung_service_slow_nobody_else() -> None:
    async def hangs_if_told(line: Line, request: Request) -> None:
        if request.json["messages"][0]["content"] == "hang":
            await line.gone()
        await line.answer(200, completion())

    async with (
        front_of(hangs_if_told, read_timeout_seconds=20) as front,
        open_door("http", front.config, front.server.url) as door,
    ):
        hung = [asyncio.create_task(door.chat("hang", model="up/m")) for _ in range(40)]
        await until(lambda: len(front.up.asked) == len(hung))
        for model in ("up/m", "here/echo"):
            seconds = [await timed(door.chat(model=model)) for _ in range(20)]
            assert statistics.median(seconds) < 0.1
        assert not any(call.done() for call in hung)
        for call in hung:
            await stopped(call)


async def timed(work: Awaitable[Any]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


async def test_a_service_whose_model_list_hangs_delays_no_start_and_no_call() -> None:
    async with front_of(never_answers, read_timeout_seconds=20) as front:
        front.up.listing = False
        began = time.perf_counter()
        async with open_door("direct", front.config, "") as door:
            assert (await door.chat("quick", model="here/echo")).choices[0].message.content == "quick"
            assert time.perf_counter() - began < 0.5
            with pytest.raises(TimeoutError):  # the service is asked, rather than its list waited for
                async with asyncio.timeout(0.2):
                    await door.chat(model="up/m")
            assert [request.path for request in front.up.requests[-1:]] == ["/v1/chat/completions"]


async def test_a_service_whose_config_says_so_is_never_asked_for_its_models() -> None:
    async with front_of(mirrors) as front:
        front.config["providers"]["inference"][0]["config"]["refresh_models"] = False
        async with open_door("direct", front.config, "") as door:
            front.up.requests.clear()
            assert {row.owned_by for row in (await door("list_models")).data} == {"here"}
            assert "hello" in (await door.chat("hello", model="up/m")).choices[0].message.content
            assert [request.method for request in front.up.requests] == ["POST"]


async def mirrors(line: Line, request: Request) -> None:
    """Answers, after a moment, with the key and the text of the request."""
    said = [request.headers["authorization"], request.json["messages"][0]["content"]]
    await asyncio.sleep(random.random() * 0.05)
    if not request.json.get("stream"):
        await line.answer(200, completion(json.dumps(said)))
        return
    await line.begin()
    for character in json.dumps(said):
        await line.event(chunk(character))
    await line.event(chunk(finish="stop"))
    await line.event(b"[DONE]")
    await line.end()


async def test_fifty_callers_at_once_each_get_their_own_answer_with_their_own_key() -> None:
    async def call(number: int, stream: bool) -> None:
        data = {"X-LlamaStack-Provider-Data": json.dumps({"vllm_api_key": f"key-{number}"})}
        messages = [{"role": "user", "content": f"text {number}"}]
        answer = await front.ask(stream=stream, headers=data, messages=messages)
        text = answer.text if stream else answer.json["choices"][0]["message"]["content"]
        assert json.loads(text) == [f"Bearer key-{number}", f"text {number}"]

    async with front_of(mirrors, read_timeout_seconds=10) as front:
        await asyncio.gather(*(call(number, stream) for number in range(25) for stream in (False, True)))
        assert len(front.up.lines) <= 50


async def test_callers_with_and_without_a_key_of_their_own_do_not_mix() -> None:
    async def ask(client: AsyncLlamaStackAsLibraryClient, expected: str) -> None:
        asked = {"model": "up/m", "messages": [{"role": "user", "content": "x"}]}
        whole = await client.inference.post_chat_completion(**asked)
        assert json.loads(whole.text) == [f"Bearer {expected}", "x"]
        stream = await client.inference.post_chat_completion(**asked, stream=True)
        assert json.loads("".join([event.delta async for event in stream])) == [f"Bearer {expected}", "x"]

    async with front_of(mirrors, read_timeout_seconds=10) as front:
        clients = [with_key(front, "one"), with_key(front, "two"), with_key(front, None)]
        expected = ["one", "two", front.config["providers"]["inference"][0]["config"]["api_key"]]
        opened = [await client for client in clients]
        await asyncio.gather(*(ask(c, key) for _ in range(10) for c, key in zip(opened, expected, strict=True)))
        for client in opened:
            await client.aclose()


async def with_key(front: Front, key: str | None) -> AsyncLlamaStackAsLibraryClient:
    data = {"vllm_api_key": key} if key else None
    return await AsyncLlamaStackAsLibraryClient.create(front.config, env={}, provider_data=data)


@pytest.mark.parametrize("name", DOORS)
async def test_many_calls_through_one_client_do_not_mix(name: str) -> None:
    async with (
        front_of(mirrors, read_timeout_seconds=10) as front,
        open_door(name, front.config, front.server.url) as door,
    ):

        async def call(number: int) -> None:
            whole = await door.chat(f"text {number}", model="up/m")
            assert json.loads(whole.choices[0].message.content)[1] == f"text {number}"

        await asyncio.gather(*map(call, range(20)))
