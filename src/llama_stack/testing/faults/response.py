"""Answers that are refused, or that go wrong half-way."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

import msgspec

from ...apis.errors import UpstreamError
from ...providers.utils.transport import UpstreamResponse
from .plan import Fault

__all__ = ("FaultyResponse", "RefusingResponse")


class RefusingResponse:
    """An HTTP error, made here."""

    def __init__(self, fault: Fault) -> None:
        self.status = fault.status or 500
        self.headers: Mapping[str, str] = {"content-type": "application/json"} | _retry_after(fault)
        self._body = msgspec.json.encode(fault.answer)

    async def read(self) -> bytes:
        return self._body

    async def reads(self) -> AsyncGenerator[bytes, None]:
        yield self._body

    def close(self) -> None:
        """Nothing is held."""


class FaultyResponse:
    """A service's answer, tampered with after so many frames. A whole answer is one frame."""

    def __init__(
        self, fault: Fault, inner: UpstreamResponse, provider_id: str, keep_silent: Callable[[float], Awaitable[None]]
    ) -> None:
        self._fault, self._inner = fault, inner
        self._provider_id, self._keep_silent = provider_id, keep_silent
        self.status, self.headers = inner.status, inner.headers

    async def read(self) -> bytes:
        body = await self._inner.read()
        return await self._tampered(0, body)

    async def reads(self) -> AsyncGenerator[bytes, None]:
        frames, number = self._frames(), 0
        try:
            async for frame in frames:
                yield await self._tampered(number, frame)
                number += 1
            await self._tampered(number, b"")
        finally:
            await frames.aclose()

    def close(self) -> None:
        self._inner.close()

    async def _tampered(self, number: int, frame: bytes) -> bytes:
        """A frame as the fault leaves it."""
        fault = self._fault
        if number == fault.stall_after_frames:
            await self._keep_silent(fault.stall_seconds)
        if number == fault.cut_after_frames:
            message = f"{self._provider_id} broke off its answer: injected fault"
            raise UpstreamError(message, provider_id=self._provider_id, code="upstream_connection_lost")
        return _broken(frame) if number == fault.malformed_after_frames else frame

    async def _frames(self) -> AsyncGenerator[bytes, None]:
        """Event by event, however they were read; what has no events comes as it was read."""
        reads, rest = self._inner.reads(), b""
        is_stream = "event-stream" in self.headers.get("content-type", "")
        try:
            async for data in reads:
                *events, rest = (rest + data).split(b"\n\n") if is_stream else (data, b"")
                for event in events:
                    yield event + (b"\n\n" if is_stream else b"")
            if rest:
                yield rest
        finally:
            await reads.aclose()


def _broken(frame: bytes) -> bytes:
    """The first half of it, where the other side expects an end."""
    content = frame.rstrip()
    return content[: len(content) // 2] + frame[len(content) :]


def _retry_after(fault: Fault) -> dict[str, str]:
    seconds = fault.retry_after_seconds
    return {} if seconds is None else {"retry-after": f"{seconds:g}"}
