"""Synchronous callers of asynchronous work: from many threads, interrupted, never closed."""

import asyncio
import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any, Protocol

import pytest

from llama_stack.apis.declare import route
from llama_stack.apis.errors import NotFoundError
from llama_stack.core.loop_thread import LoopThread
from llama_stack.core.sync_face import SyncStream, sync_face


@pytest.fixture
def thread() -> Iterator[LoopThread]:
    opened = LoopThread()
    yield opened
    opened.stop()


async def doubled(number: int) -> int:
    await asyncio.sleep(0.01)
    return 2 * number


async def raises() -> None:
    raise NotFoundError("nothing there")


class Numbers:
    """A stream that remembers being closed."""

    def __init__(self, pause: float = 0) -> None:
        self.closed = threading.Event()
        self.pause = pause

    async def count(self) -> AsyncIterator[int]:
        try:
            for number in range(1000):
                yield number
                await asyncio.sleep(self.pause)
        finally:
            self.closed.set()


def test_results_and_errors_come_back(thread: LoopThread) -> None:
    assert thread.run(doubled(2)) == 4
    with pytest.raises(NotFoundError, match="nothing there"):
        thread.run(raises())


def test_many_threads_share_it(thread: LoopThread) -> None:
    begun = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(lambda n: thread.run(doubled(n)), range(200))) == [2 * n for n in range(200)]
    assert time.monotonic() - begun < 2


def test_stopping_twice_is_stopping_once(thread: LoopThread) -> None:
    thread.stop()
    thread.stop()
    with pytest.raises(RuntimeError, match="closed"):
        thread.run(doubled(1))


def test_stopping_lets_waiting_callers_go(thread: LoopThread) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(thread.run, asyncio.sleep(60))
        time.sleep(0.05)
        thread.stop()
        with pytest.raises((CancelledError, asyncio.CancelledError)):
            waiting.result(5)


def test_stopping_closes_streams_that_were_left_open(thread: LoopThread) -> None:
    numbers = Numbers()
    stream = SyncStream(thread, numbers.count())
    assert next(stream) == 0
    thread.stop()
    assert numbers.closed.is_set()


def test_a_call_from_its_own_thread_is_refused_rather_than_waited_for_forever(thread: LoopThread) -> None:
    async def calls_back() -> int:
        return thread.run(doubled(1))

    with pytest.raises(RuntimeError, match="await"):
        thread.run(calls_back())


# ---- ending with what owns it


class Owner:
    """Something that lives by a thread, and is closed with it."""

    def __init__(self) -> None:
        self.thread = LoopThread()
        self.closed = closed = threading.Event()

        async def close() -> None:
            await asyncio.to_thread(closed.set)

        self.close = self.thread.finalizer(self, close)


def test_an_owner_that_is_closed_twice_closes_once_and_ends_its_thread() -> None:
    owner = Owner()
    owner.close()
    owner.close()
    assert owner.closed.is_set()
    assert not owner.thread._thread.is_alive()


def test_an_owner_that_is_forgotten_is_closed() -> None:
    owner = Owner()
    closed = owner.closed
    del owner
    gc.collect()
    assert closed.wait(1)


def test_an_owner_that_is_forgotten_in_its_own_thread_is_closed_as_well() -> None:
    owners = [Owner()]
    closed, thread = owners[0].closed, owners[0].thread

    async def forget() -> None:
        owners.clear()
        gc.collect()

    thread.run(forget())
    assert closed.wait(1)
    thread._thread.join(1)
    assert not thread._thread.is_alive()


# ---- streams


def test_a_stream_is_iterated_and_ends(thread: LoopThread) -> None:
    assert list(SyncStream(thread, Numbers().count())) == list(range(1000))


def test_leaving_a_stream_hangs_up(thread: LoopThread) -> None:
    numbers = Numbers()
    with SyncStream(thread, numbers.count()) as stream:
        assert next(stream) == 0
    assert numbers.closed.is_set()
    stream.close()
    assert list(stream) == []


def test_an_error_in_a_stream_is_raised_where_it_is_read(thread: LoopThread) -> None:
    async def breaks() -> AsyncIterator[int]:
        yield 1
        raise NotFoundError("lost")

    stream = SyncStream(thread, breaks())
    assert next(stream) == 1
    with pytest.raises(NotFoundError, match="lost"):
        next(stream)


# ---- APIs


class Thing(Protocol):
    @route("GET", "/v1/thing")
    async def get_thing(self) -> int:
        """Read it."""
        ...

    @route("GET", "/v1/things")
    async def watch(self) -> AsyncIterator[int]: ...


class Things:
    async def get_thing(self, plus: int = 0) -> int:
        return await doubled(1) + plus

    async def watch(self) -> AsyncIterator[int]:
        return Numbers().count()


def test_an_apis_methods_block(thread: LoopThread) -> None:
    things: Any = sync_face(Thing, Things(), thread)
    assert things.get_thing() == 2
    assert things.get_thing(plus=3) == 5
    assert next(things.watch()) == 0
    assert repr(things) == "<Thing API>"
    assert things.get_thing.__name__ == "get_thing"


# ---- whole programs

CLIENT = """
from llama_stack.core.library_client import LlamaStackAsLibraryClient
client = LlamaStackAsLibraryClient({"version": 2, "providers": {"inference": [
    {"provider_id": "echo", "provider_type": "inline::echo"},
    {"provider_id": "s", "provider_type": "inline::scripted",
     "config": {"turns": [{"say": "one two three", "pause_seconds": 60}]}}]}})
ask = {"messages": [{"role": "user", "content": "hi"}]}
print(client.inference.post_chat_completion(model="echo", **ask).text, flush=True)
"""
STREAM = "stream = client.inference.post_chat_completion(model='scripted', stream=True, **ask)\nnext(stream)\n"


@pytest.mark.parametrize("then", ["", STREAM, STREAM + "del stream\n", "raise SystemExit(0)\n"])
def test_a_program_that_closes_nothing_ends(then: str) -> None:
    done = subprocess.run([sys.executable, "-c", CLIENT + then], capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hi\n", "")


def test_an_interrupt_ends_the_waiting_and_the_work() -> None:
    waits = STREAM + "try:\n    list(stream)\nexcept KeyboardInterrupt:\n    print('stopped')\nclient.close()\n"
    command = [sys.executable, "-c", CLIENT + waits]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert program.stdout.readline() == "hi\n"
        time.sleep(0.3)
        program.send_signal(signal.SIGINT)
        assert program.wait(10) == 0
        assert (program.stdout.read(), program.stderr.read()) == ("stopped\n", "")
