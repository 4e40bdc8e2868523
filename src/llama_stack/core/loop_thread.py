"""Synchronous twins: an event loop in a thread of its own, and APIs called through it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, Generic, Self, TypeVar

from ..apis.declare import routes_of

__all__ = ("LoopThread", "SyncStream", "sync_face")

T = TypeVar("T")


class LoopThread:
    """Runs coroutines for callers that have no event loop, from any number of threads at once."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # A daemon: a program that forgets to close its client still ends.
        self._thread = threading.Thread(target=self._loop.run_forever, name="llama-stack", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`; an interrupt of the waiting thread cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        """End the thread. Safe to call twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()


class SyncStream(Generic[T]):
    """A stream for `for`. Closing it, or leaving its `with`, hangs up."""

    def __init__(self, thread: LoopThread, stream: AsyncIterator[T]) -> None:
        self._thread, self._stream = thread, stream

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            return self._thread.run(_next(self._stream))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        if close := getattr(self._stream, "aclose", None):
            self._thread.run(close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def sync_face(api: type, face: Any, thread: LoopThread) -> Any:
    """The methods of `api` without `await`."""
    cls = type(api.__name__, (), {"__doc__": api.__doc__, "__repr__": lambda _: f"<{api.__name__} API>"})
    for route in routes_of(api):
        setattr(cls, route.name, staticmethod(_blocking(getattr(face, route.name), thread)))
    return cls()


def _blocking(method: Callable[..., Any], thread: LoopThread) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        result = thread.run(method(*args, **kwargs))
        return SyncStream(thread, result) if isinstance(result, AsyncIterator) else result

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


async def _next(stream: AsyncIterator[T]) -> T:
    return await anext(stream)
