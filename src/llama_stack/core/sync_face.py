"""Synchronous twins: an API called through a `LoopThread`, and what it answers for callers without `await`."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from typing_extensions import override

from ..apis.declare import routes_of
from ..apis.transfer import Download
from .loop_thread import LoopThread

__all__ = ("SyncDownload", "SyncStream", "sync_face")

T = TypeVar("T")


def sync_face(api: type, face: Any, thread: LoopThread) -> Any:
    """The methods of `api` without `await`."""
    cls = type(api.__name__, (), {"__doc__": api.__doc__, "__repr__": lambda _: f"<{api.__name__} API>"})
    for route in routes_of(api):
        setattr(cls, route.name, staticmethod(_blocking(getattr(face, route.name), thread)))
    return cls()


def _blocking(method: Callable[..., Any], thread: LoopThread) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        result = thread.run(method(*args, **kwargs))
        if isinstance(result, Download):
            return SyncDownload(thread, result)
        return SyncStream(thread, result) if isinstance(result, AsyncIterator) else result

    call.__name__, call.__doc__ = method.__name__, method.__doc__
    return call


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


class SyncDownload:
    """A `Download` without `await`: iterate over it, `read()` it, or `save_to(…)` a file or folder."""

    def __init__(self, thread: LoopThread, download: Download) -> None:
        self._thread, self._download = thread, download
        self.size, self.filename, self.media_type = download.size, download.filename, download.media_type
        self.etag, self.modified = download.etag, download.modified

    def __iter__(self) -> Iterator[bytes]:
        return self.part(0, self.size)

    def part(self, start: int, stop: int) -> SyncStream[bytes]:
        """The bytes from `start` up to, but not including, `stop`."""
        return SyncStream(self._thread, self._download.part(start, stop))

    def read(self) -> bytes:
        return self._thread.run(self._download.read())

    def save_to(self, place: str | os.PathLike[str]) -> Path:
        return self._thread.run(self._download.save_to(place))

    def close(self) -> None:
        self._thread.run(self._download.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @override
    def __repr__(self) -> str:
        return f"<Sync{repr(self._download)[1:]}"


async def _next(stream: AsyncIterator[T]) -> T:
    return await anext(stream)
