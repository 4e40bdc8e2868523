"""A transport that writes down what passes through it, or answers from what is written."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from ...apis.errors import UpstreamError, UpstreamTimeoutError
from ...providers.utils.transport import Transport, UpstreamRequest, UpstreamResponse
from .bodies import read_body, response_body
from .interaction import Asked, Interaction, as_error, as_kept, describe, kept_headers
from .scrub import Scrubber, caller_secrets, request_secrets

if TYPE_CHECKING:
    from .cassette import Cassette

__all__ = ("CassetteTransport",)

_HELD_SECONDS = 10.0  # how long a recording that was cut keeps a reader waiting, as the service did


class CassetteTransport(Transport):
    """Answers from a cassette; what is to be recorded goes through `inner`."""

    def __init__(self, cassette: "Cassette", provider_id: str, inner: Transport, scrubber: Scrubber) -> None:
        self.cassette, self.provider_id, self.inner = cassette, provider_id, inner
        self._scrubber = scrubber
        self._open: set[_Recording] = set()

    @override
    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        if request.pieces is not None:  # what is written down is looked at whole
            request = replace(request, body=b"".join([piece async for piece in request.pieces]), pieces=None)
        scrubber = self._scrubber.knowing({*request_secrets(request), *caller_secrets()})
        asked = describe(self.provider_id, request, scrubber, self.cassette.options)
        if found := self.cassette.take(asked):
            return await _replay(found)
        return await self._record(request, asked, scrubber)

    @override
    async def aclose(self) -> None:
        for recording in list(self._open):
            recording.close()
        await self.inner.aclose()

    async def _record(self, request: UpstreamRequest, asked: Asked, scrubber: Scrubber) -> UpstreamResponse:
        recording = _Recording(self, asked, scrubber)
        self._open.add(recording)
        try:
            await recording.begin(request)
        except (UpstreamError, asyncio.CancelledError):
            recording.close()
            raise
        except BaseException:  # it was not sent
            self._open.discard(recording)
            raise
        return recording

    def finish(self, recording: "_Recording", interaction: Interaction) -> None:
        """Write it down; but not that a list was not waited for: that it was asked is chance."""
        self._open.discard(recording)
        if not (recording.is_abandoned and self.cassette.only_reads(interaction.asked)):
            self.cassette.add(interaction)


# ---- recording


class _Recording:
    """An answer that is written down when it is closed; what was read until then is kept."""

    def __init__(self, transport: CassetteTransport, asked: Asked, scrubber: Scrubber) -> None:
        self._transport, self._asked, self._scrubber = transport, asked, scrubber
        self._number = transport.cassette.next_number()
        self._inner: UpstreamResponse | None = None
        self._whole: bytes | None = None
        self._frames: list[bytes] | None = None
        self._seconds: list[float] = []
        self._error: UpstreamError | None = None
        self._begun = self._ended = self._written = False

    async def begin(self, request: UpstreamRequest) -> None:
        """Send the request."""
        try:
            self._inner = await self._transport.inner.send(request)
        except UpstreamError as error:
            self._error = error
            raise

    @property
    def status(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers

    async def read(self) -> bytes:
        self._begun = True
        try:
            self._whole = await self._answer.read()
        except UpstreamError as error:
            self._error = error
            raise
        self._ended = True
        return self._whole

    async def reads(self) -> AsyncGenerator[bytes, None]:
        self._frames, self._begun = [], True
        frames, before = self._answer.reads(), time.monotonic()
        try:
            async for frame in frames:
                now = time.monotonic()
                self._frames.append(frame)
                self._seconds.append(round(now - before, 4))
                before = now
                yield frame
            self._ended = True
        except UpstreamError as error:
            self._error = error
            raise
        finally:
            await frames.aclose()

    @property
    def is_abandoned(self) -> bool:
        """Whether someone waited for an answer and left; an answer whose body nobody wanted is none of these."""
        return self._error is None and not self._is_complete() and (self._inner is None or self._begun)

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()
        if not self._written:
            self._written = True
            self._transport.finish(self, Interaction(self._number, self._asked, self._kept()))

    @property
    def _answer(self) -> UpstreamResponse:
        if self._inner is None:
            raise RuntimeError("the request was not sent")
        return self._inner

    def _kept(self) -> dict[str, Any]:
        """The answer as far as it was read."""
        options, scrubber = self._transport.cassette.options, self._scrubber
        kept: dict[str, Any] = {}
        if self._inner is not None:
            kept["status"] = self._inner.status
            headers = kept_headers(self._inner.headers, options.response_headers)
            kept["headers"] = {n: scrubber.url(v) if n == "location" else scrubber.text(v) for n, v in headers.items()}
        if self._whole is not None:
            kept |= response_body(self._whole, scrubber)
        if self._frames is not None:
            kept |= _stream(scrubber.frames(self._frames), self._seconds if options.timing else None)
        if self._error is not None:
            kept["error"] = as_kept(self._error, scrubber)
        elif not self._is_complete():
            kept["cut"] = True
        return kept

    def _is_complete(self) -> bool:
        """Whether all was read; after `[DONE]` nothing follows that anyone would read."""
        return self._ended or b"data: [DONE]" in b"".join((self._frames or [])[-3:])


def _stream(frames: list[bytes], seconds: list[float] | None) -> dict[str, Any]:
    return {"stream": [_shown(frame) for frame in frames]} | ({} if seconds is None else {"seconds": seconds})


def _shown(frame: bytes) -> str | bytes:
    """As text, unless a character was cut in two."""
    try:
        return frame.decode()
    except UnicodeDecodeError:
        return frame


# ---- replaying


async def _replay(interaction: Interaction) -> UpstreamResponse:
    """A recorded answer, or the recorded failure to get one."""
    kept, provider_id = interaction.response, interaction.asked.provider
    if "status" not in kept and "error" in kept:
        raise as_error(kept["error"], provider_id)
    if "status" not in kept and "cut" in kept:
        raise await _held(interaction)
    return _Replayed(interaction)


class _Replayed:
    """An answer from a cassette."""

    def __init__(self, interaction: Interaction) -> None:
        self._interaction, self._kept = interaction, interaction.response
        self.status = int(self._kept.get("status", 200))
        self.headers: Mapping[str, str] = _Headers(self._kept.get("headers") or {})

    async def read(self) -> bytes:
        if "stream" not in self._kept:
            await self._fail_if_it_did()
            return read_body(self._kept)
        return b"".join([frame async for frame in self.reads()])

    async def reads(self) -> AsyncGenerator[bytes, None]:
        for frame, seconds in self._frames():
            await asyncio.sleep(seconds)  # even 0 lets others run, as reading from a socket does
            yield frame
        await self._fail_if_it_did()

    def close(self) -> None:
        """Nothing is held."""

    def _frames(self) -> Iterator[tuple[bytes, float]]:
        if "stream" not in self._kept:
            yield read_body(self._kept), 0
            return
        seconds = iter(self._kept.get("seconds") or ())
        for frame in self._kept["stream"] or ():
            yield frame if isinstance(frame, bytes) else str(frame).encode(), float(next(seconds, 0))

    async def _fail_if_it_did(self) -> None:
        if "error" in self._kept:
            raise as_error(self._kept["error"], self._interaction.asked.provider)
        if self._kept.get("cut"):
            raise await _held(self._interaction)


async def _held(interaction: Interaction) -> UpstreamTimeoutError:
    """The caller hung up here when this was recorded: keep this one waiting too, but not for ever."""
    await asyncio.sleep(_HELD_SECONDS)
    message = f"the recording of number {interaction.number} was cut here: its caller hung up"
    return UpstreamTimeoutError(message, provider_id=interaction.asked.provider)


class _Headers(dict[str, str]):
    """Headers by any spelling of their names; a cassette has them in lower case."""

    def __init__(self, headers: Mapping[str, Any]) -> None:
        super().__init__({name.lower(): str(value) for name, value in headers.items()})

    @override
    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    @override
    def __contains__(self, name: object) -> bool:
        return super().__contains__(name.lower() if isinstance(name, str) else name)

    @override
    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)
