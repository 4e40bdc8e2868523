"""A file as an HTTP answer: whole, a range of it, or only its headers (RFC 9110, sections 13 and 14)."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from email.utils import formatdate
from urllib.parse import quote

from fastapi.responses import Response
from typing_extensions import override

from ...apis.errors import UnsatisfiableRangeError
from ...apis.transfer import Download
from .asgi import BodyPieces, ClientGoneError, Message, Receive, Scope, Send
from .errors import error_response, known
from .watch import Watch

__all__ = ("DownloadResponse", "content_disposition", "wanted_range")

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)", re.IGNORECASE)


class DownloadResponse(Response):
    """Sends a `Download`, as the request's headers want it. It is opened before the status line goes out.

    What goes wrong before is answered; later, all that is left is to break off.
    """

    def __init__(self, download: Download) -> None:
        self.download = download
        self.background = None
        self._begun = False

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noting(message: Message) -> None:
            self._begun = True
            await send(message)

        asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        async with self.download:
            try:
                await self._answer(scope, asked, receive, noting)
            except ClientGoneError:
                raise
            except Exception as error:
                if self._begun:
                    raise
                await error_response(known(error))(scope, receive, send)

    async def _answer(self, scope: Scope, asked: Mapping[str, str], receive: Receive, send: Send) -> None:
        download = self.download
        headers = _headers(download)
        if download.etag is not None and _names(asked.get("if-none-match", ""), _quoted(download.etag)):
            await _send_head(send, 304, headers)
            return
        part = wanted_range(asked, download)
        start, stop = part or (0, download.size)
        headers |= {"content-length": str(stop - start)}
        if part is not None:
            headers["content-range"] = f"bytes {start}-{stop - 1}/{download.size}"
        status = 206 if part else 200
        if scope["method"] == "HEAD":
            await _send_head(send, status, headers)
            return
        await _send_pieces(download.part(start, stop), status, headers, receive, send)


async def _send_head(send: Send, status: int, headers: Mapping[str, str]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": b""})


async def _send_pieces(
    pieces: AsyncIterator[bytes], status: int, headers: Mapping[str, str], receive: Receive, send: Send
) -> None:
    async for _ in BodyPieces(receive):  # there is none; but after it, to receive means that the caller has gone
        pass
    with Watch(receive) as watch:
        try:
            first = await anext(pieces, b"")
            await send({"type": "http.response.start", "status": status, "headers": _raw(headers)})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            watch.explain_cancellation()
            raise
        finally:
            if close := getattr(pieces, "aclose", None):
                await close()


def wanted_range(asked: Mapping[str, str], download: Download) -> tuple[int, int] | None:
    """The part that is asked for; None for the whole. A range that cannot be read, or several, are passed over.

    Raises `UnsatisfiableRangeError` when the file has no such bytes.
    """
    match = _RANGE.fullmatch(asked.get("range", "").strip())
    if match is None or not _is_current(asked.get("if-range"), download):
        return None
    first, last = (int(number) if number else None for number in match.groups())
    if (first is None and last is None) or (first is not None and last is not None and last < first):
        return None
    size = download.size
    start = max(size - (last or 0), 0) if first is None else first
    stop = size if first is None or last is None else min(last + 1, size)
    if start >= stop:
        message = f"the file has {size} bytes; the range {asked['range']!r} is behind them"
        raise UnsatisfiableRangeError(message, headers={"Content-Range": f"bytes */{size}"})
    return start, stop


def _is_current(condition: str | None, download: Download) -> bool:
    """Whether the file is still what the caller holds a part of."""
    if condition is None:
        return True
    if condition.startswith('"'):
        return download.etag is not None and condition == _quoted(download.etag)
    return download.modified is not None and condition == formatdate(download.modified, usegmt=True)


def _names(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag in (each.strip().removeprefix("W/") for each in condition.split(","))


def _headers(download: Download) -> dict[str, str]:
    headers = {
        "content-type": download.media_type,
        "content-disposition": content_disposition(download.filename),
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",  # a browser shall not run what somebody handed in
    }
    if download.etag is not None:
        headers["etag"] = _quoted(download.etag)
    if download.modified is not None:
        headers["last-modified"] = formatdate(download.modified, usegmt=True)
    return headers


def content_disposition(filename: str) -> str:
    """RFC 6266: the name for old readers in ASCII, and exactly, for all others."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", filename)
    if plain == filename:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _quoted(etag: str) -> str:
    return f'"{etag}"'


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
