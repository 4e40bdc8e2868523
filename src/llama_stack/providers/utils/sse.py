"""A service's event stream, checked on the way and passed on as the bytes it came in."""

import msgspec

from ...apis.errors import UpstreamError
from ...apis.stream import frame
from .refusal import NO_ERROR, refusal

__all__ = ("EventCleaner",)

_MAX_EVENT = 32 << 20  # bytes; an event that grows past this is not one
_NONE = msgspec.Raw()


class _Peek(msgspec.Struct):
    error: msgspec.Raw = _NONE


class _Choice(msgspec.Struct):
    finish_reason: str | None = None


class _Last(msgspec.Struct):
    choices: list[_Choice] = []
    usage: dict[str, msgspec.Raw] | None = None


_PEEK = msgspec.json.Decoder(_Peek)
_LAST = msgspec.json.Decoder(_Last)


class EventCleaner:
    """Turns what a service sends into whole, well-formed `data: {…}` events.

    `feed` gives the events that are complete so far: the very bytes that came, where nothing is wrong with
    them; comments, other fields, CRLF and `data:` without a space are brought to that form. `done` turns true
    at `[DONE]`, which is not passed on. An error inside the stream, or an event that is not JSON, ends it:
    `failure` is then to be raised, after the events before it have been passed on.
    """

    def __init__(self, provider_id: str) -> None:
        self.provider_id = provider_id
        self.done = False
        self.failure: UpstreamError | None = None
        self._rest = bytearray()  # the beginning of an event
        self._last = b""

    def feed(self, data: bytes) -> bytes:
        """The events that these bytes complete; empty when there are none."""
        if data.find(b"\n") == len(data) - 2 and not self._rest and data[:7] == b"data: {" and data[-1:] == b"\n":
            return self._one(data)  # what nearly every read is
        if self._rest:
            seen = max(len(self._rest) - 2, 0)
            self._rest += data
            if self._rest.find(b"\n\n", seen) < 0 and self._rest.find(b"\n\r\n", seen) < 0:
                return self._wait()
            data = bytes(self._rest)
            self._rest.clear()
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        end = data.rfind(b"\n\n") + 2
        if end == 1:
            self._rest += data
            return self._wait()
        if end < len(data):
            self._rest += data[end:]
            data = data[:end]
        return self._check(data)

    def _wait(self) -> bytes:
        if len(self._rest) > _MAX_EVENT:
            self._fail("sent an event without an end")
        return b""

    def _one(self, event: bytes) -> bytes:
        if not self._is_sound(event[6:]):
            return b""
        self._last = event
        return event

    def finish(self) -> bytes:
        """The last event, if the stream ended without the blank line; `failure` if it was cut short."""
        last = self.feed(b"\n\n") if self._rest.strip() else b""
        if self.failure is not None and self.failure.code == "upstream_malformed":
            self.failure = None  # half an event
        if not self.done and self.failure is None and not _is_complete(self._last):
            self._fail("ended its stream before the answer was complete", "upstream_stream_cut")
        return last

    def _check(self, whole: bytes) -> bytes:
        payloads: list[bytes] = []
        clean = True
        for event in whole[:-2].split(b"\n\n"):
            payload: bytes | None = event[6:]
            if event[:7] != b"data: {" or b"\n" in event:
                clean = False
                payload = self._payload(event)
            if payload is not None and self._is_sound(payload):
                payloads.append(payload)
            if self.done or self.failure is not None:
                clean = False
                break
        if not clean:
            whole = b"".join(map(frame, payloads))
        self._last = whole or self._last
        return whole

    def _payload(self, event: bytes) -> bytes | None:
        """The data of an event that is not plainly `data: {…}`; None when it has none."""
        lines = [line[5:].removeprefix(b" ") for line in event.split(b"\n") if line.startswith(b"data:")]
        payload = b" ".join(lines).strip()  # between JSON's tokens a line break is but a space
        if payload == b"[DONE]":
            self.done = True
        return payload if payload and not self.done else None

    def _is_sound(self, payload: bytes) -> bool:
        try:
            error = _PEEK.decode(payload).error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._fail(f"sent a malformed event: {payload[:80]!r}", "upstream_malformed")
            return False
        if error is _NONE or bytes(error) in NO_ERROR:
            return True
        self.failure = refusal(self.provider_id, payload)
        return False

    def _fail(self, what: str, code: str = "upstream_malformed") -> None:
        self.failure = UpstreamError(f"{self.provider_id} {what}", provider_id=self.provider_id, code=code)


def _is_complete(events: bytes) -> bool:
    """Whether a stream may end after these events: a finish reason or the usage has been given."""
    for event in events.split(b"\n\n"):
        try:
            last = _LAST.decode(event[6:]) if event else None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if last and (last.usage or any(choice.finish_reason for choice in last.choices)):
            return True
    return False
