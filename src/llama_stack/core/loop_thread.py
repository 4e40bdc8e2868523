"""An event loop in a thread of its own, for callers that have none."""

import asyncio
import concurrent.futures.thread
import threading
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ("LoopThread",)

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for callers that have no event loop, from any number of threads at once."""

    def __init__(self) -> None:
        started: concurrent.futures.Future[asyncio.AbstractEventLoop] = concurrent.futures.Future()
        self._stopping = asyncio.Event()
        # A daemon: a program that forgets to close its client still ends.
        self._thread = threading.Thread(target=self._serve, args=(started,), name="llama-stack", daemon=True)
        self._thread.start()
        self._loop = started.result()

    def _serve(self, started: "concurrent.futures.Future[asyncio.AbstractEventLoop]") -> None:
        # Not `asyncio.Runner`: it ends with a thread of its own, and while the program ends there are no new ones.
        loop = asyncio.new_event_loop()
        started.set_result(loop)
        try:
            loop.run_until_complete(self._until_stopped())
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    async def _until_stopped(self) -> None:
        await self._stopping.wait()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`; an interrupt of the waiting thread cancels it."""
        self._refuse_if_in_vain(work)
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _refuse_if_in_vain(self, work: Coroutine[Any, Any, T]) -> None:
        if self._loop.is_closed():
            work.close()
            raise RuntimeError("the client is closed")
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this call would wait for itself; inside the stack, await the asynchronous client")

    def stop(self) -> None:
        """End the thread: what still runs is cancelled. Safe to call twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def finalizer(self, owner: object, close: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], object]:
        """What runs `close` and ends the thread: when called, when `owner` is forgotten, or as the program ends."""
        finalize = weakref.finalize(owner, self._finish, close)
        finalize.atexit = False  # that would be too late
        _finalizers[:] = [other for other in _finalizers if other.alive] + [finalize]
        return finalize

    def _finish(self, close: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if threading.current_thread() is self._thread:  # forgotten there, by the garbage collector
            self._last_task = self._loop.create_task(self._end_after(close()))
        elif self._thread.is_alive():
            self.run(close())
            self.stop()

    async def _end_after(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        finally:
            self._stopping.set()


_finalizers: list["weakref.finalize[Any, Any]"] = []


def _finish_all() -> None:
    for finalize in _finalizers:
        finalize()


# Closing a stack takes worker threads, and these are gone when `atexit` comes. The module of the thread pools is
# imported above because what registers here later is called earlier.
threading._register_atexit(_finish_all)  # type: ignore[attr-defined]
