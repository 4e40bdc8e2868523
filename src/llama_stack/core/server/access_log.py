"""One line per request, gathered and written together so that logging never holds up an answer."""

import asyncio
import sys
import time
from typing import TextIO

import msgspec

__all__ = ("AccessLog",)

_FLUSH_SECONDS = 0.1


class Entry(msgspec.Struct, omit_defaults=True, tag="request", tag_field="event"):
    """What happened. Times in milliseconds; `status` 499 means that the caller hung up."""

    at: float
    method: str
    path: str
    status: int
    ms: float
    request_id: str
    client: str = ""
    error: str = ""


class AccessLog:
    """JSON lines, or short aligned ones where a person is reading."""

    def __init__(self, stream: TextIO | None = None, *, as_json: bool | None = None) -> None:
        self._stream = stream or sys.stderr
        self._format = _json_line if (not self._stream.isatty() if as_json is None else as_json) else _text_line
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        if not self._entries:
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
        self._entries.append(entry)

    def flush(self) -> None:
        """Write what has gathered."""
        entries, self._entries = self._entries, []
        self._stream.write("".join(map(self._format, entries)))
        self._stream.flush()


def _json_line(entry: Entry) -> str:
    return msgspec.json.encode(entry).decode() + "\n"


def _text_line(entry: Entry) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(entry.at))
    what = f"{entry.method} {entry.path}" + (f"  {entry.error}" if entry.error else "")
    return f"{clock}  {entry.status}  {entry.ms:8.1f} ms  {_one_line(what)}\n"


def _one_line(text: str) -> str:
    """Callers choose the path: it must not look like another line, nor speak to the terminal."""
    return text if text.isprintable() else repr(text)[1:-1]
