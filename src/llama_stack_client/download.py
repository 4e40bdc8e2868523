"""A file that a server hands out."""

import re
from collections.abc import AsyncGenerator, Callable
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from llama_stack.apis.errors import StackError, UpstreamError
from llama_stack.apis.transfer import Download
from llama_stack.providers.utils.relay import Relay
from llama_stack.providers.utils.transport import UpstreamResponse

__all__ = ("remote_download",)

_EXACT_NAME = re.compile(r"filename\*=UTF-8''([^;]+)")
_PLAIN_NAME = re.compile(r'filename="([^"]*)"')
AsRaised = Callable[[UpstreamError], StackError]


async def remote_download(relay: Relay, path: str, as_raised: AsRaised) -> Download:
    """Ask for a file. The answer has begun when this returns; it is read when the caller reads it."""
    source = _Source(relay, path, as_raised)
    source.whole = await relay.open(path)
    headers = source.whole.headers
    modified = headers.get("last-modified")
    return Download(
        source.part,
        int(headers["content-length"]),
        filename=_filename(headers.get("content-disposition", "")),
        media_type=headers.get("content-type", "application/octet-stream"),
        etag=headers.get("etag", "").strip('"') or None,
        modified=parsedate_to_datetime(modified).timestamp() if modified else None,
        close=source.close,
    )


class _Source:
    """The answer that has begun; whatever else is wanted of the file is asked for anew."""

    def __init__(self, relay: Relay, path: str, as_raised: AsRaised) -> None:
        self._relay, self._path, self._as_raised = relay, path, as_raised
        self.whole: UpstreamResponse | None = None

    async def part(self, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        begun, self.whole = self.whole, None
        if begun is not None and (start > 0 or int(begun.headers["content-length"]) != stop):
            begun.close()
            begun = None
        if stop <= start:
            return
        try:
            response = begun or await self._relay.open(self._path, {"range": f"bytes={start}-{stop - 1}"})
            try:
                async for piece in response.reads():
                    yield piece
            finally:
                response.close()
        except UpstreamError as error:
            raise self._as_raised(error) from None

    async def close(self) -> None:
        if self.whole is not None:
            self.whole.close()


def _filename(disposition: str) -> str:
    if exact := _EXACT_NAME.search(disposition):
        return unquote(exact[1])
    plain = _PLAIN_NAME.search(disposition)
    return plain[1] if plain else "download"
