"""An ASGI app called without a socket, as an SDK's HTTP client calls it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from llama_stack.core.loop_thread import LoopThread
from llama_stack.core.server.asgi import Receive, Scope, Send
from llama_stack.core.server.in_process import async_http_client, sync_http_client

pytestmark = pytest.mark.anyio

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]


class App:
    """Answers by path; `seen` are the scopes, `cancelled` the calls whose caller hung up."""

    def __init__(self) -> None:
        self.seen: list[Scope] = []
        self.made = 0
        self.hung_up = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope)
        handler: Handler = getattr(self, scope["path"].strip("/"))
        await handler(scope, receive, send)

    async def echo(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        assert message["more_body"] is False
        headers = [(b"x-method", scope["method"].encode()), (b"x-two", b"1"), (b"x-two", b"2")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": message["body"]})

    async def count(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A stream that goes on until the caller hangs up."""
        await receive()
        gone = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not gone.done():
            await send({"type": "http.response.body", "body": b"%d," % self.made, "more_body": True})
            self.made += 1
            await asyncio.sleep(0.001)
        assert gone.result()["type"] == "http.disconnect"
        self.hung_up.set()

    async def three(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in (b"1", b"", b"2", b"3"):
            await send({"type": "http.response.body", "body": number, "more_body": True})
        await send({"type": "http.response.body"})

    async def breaks(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError("before")

    async def breaks_later(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise ZeroDivisionError("later")

    async def says_nothing(self, scope: Scope, receive: Receive, send: Send) -> None:
        pass

    async def slow(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await receive()
            await receive()
        finally:
            self.hung_up.set()


async def test_a_request_and_its_answer_pass_whole() -> None:
    app = App()
    async with async_http_client(app) as http:
        answer = await http.put("/echo?a=%20b&c", content=b"body", headers={"X-Mine": "1"})
    assert (answer.status_code, answer.content) == (201, b"body")
    assert answer.headers.get_list("x-two") == ["1", "2"]
    scope = app.seen[0]
    assert (scope["method"], scope["path"], scope["query_string"]) == ("PUT", "/echo", b"a=%20b&c")
    assert dict(scope["headers"])[b"x-mine"] == b"1"


async def test_pieces_come_as_they_are_made_and_no_faster_than_they_are_read() -> None:
    app = App()
    async with async_http_client(app) as http, http.stream("GET", "/count") as answer:
        pieces = answer.aiter_raw()
        for number in range(3):
            assert await anext(pieces) == b"%d," % number
        await asyncio.sleep(0.05)
        assert app.made <= 6  # the app waits for its reader


async def test_a_whole_stream_ends() -> None:
    async with async_http_client(App()) as http, http.stream("GET", "/three") as answer:
        assert [piece async for piece in answer.aiter_raw()] == [b"1", b"2", b"3"]


async def test_leaving_early_is_hanging_up() -> None:
    app = App()
    async with async_http_client(app) as http:
        async with http.stream("GET", "/count") as answer:
            await anext(answer.aiter_raw())
        assert app.hung_up.is_set()


async def test_giving_up_before_the_answer_is_hanging_up_too() -> None:
    app = App()
    async with async_http_client(app) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await http.get("/slow")
    assert app.hung_up.is_set()


@pytest.mark.parametrize(("path", "error"), [("/breaks", "before"), ("/breaks_later", "later")])
async def test_what_the_app_raises_is_raised(path: str, error: str) -> None:
    async with async_http_client(App()) as http:
        with pytest.raises(ZeroDivisionError, match=error):
            await http.get(path)
        assert (await http.get("/three")).content == b"123"


async def test_an_app_that_says_nothing_is_no_answer() -> None:
    async with async_http_client(App()) as http:
        with pytest.raises(RuntimeError, match="ended without an answer"):
            await http.get("/says_nothing")


async def test_many_calls_at_once_do_not_mix() -> None:
    async with async_http_client(App()) as http:
        answers = await asyncio.gather(*(http.post("/echo", content=b"%d" % n) for n in range(100)))
    assert [int(answer.content) for answer in answers] == list(range(100))


async def test_nothing_is_left_behind() -> None:
    before = asyncio.all_tasks()
    async with async_http_client(App()) as http:
        await http.get("/three")
        async with http.stream("GET", "/count"):
            pass
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


# ---- the synchronous twin


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    opened = LoopThread()
    yield opened
    opened.stop()


def test_threads_call_it_at_once(thread: LoopThread) -> None:
    with sync_http_client(App(), thread) as http, ThreadPoolExecutor(8) as pool:

        def ask(number: int) -> int:
            return int(http.post("/echo", content=b"%d" % number).content)

        assert list(pool.map(ask, range(100))) == list(range(100))


def test_a_thread_reads_a_stream_and_leaves_it(thread: LoopThread) -> None:
    app = App()
    with sync_http_client(app, thread) as http:
        with http.stream("GET", "/count") as answer:
            pieces = answer.iter_raw()
            assert [next(pieces), next(pieces)] == [b"0,", b"1,"]
        assert app.hung_up.wait(1)
        with pytest.raises(ZeroDivisionError):
            http.get("/breaks")


def test_the_module_to_build_on_can_be_chosen(thread: LoopThread) -> None:
    httpx2 = pytest.importorskip("httpx2")  # it comes with the SDKs
    with sync_http_client(App(), thread, httpx2) as http:
        assert isinstance(http, httpx2.Client)
