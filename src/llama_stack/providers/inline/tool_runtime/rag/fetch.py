"""Documents by their address: `data:` URLs, and web pages of public hosts where the config allows it."""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes, urlsplit

from .....apis.errors import BadRequestError
from ....utils.public_fetch import PublicFetcher
from .config import RagConfig

__all__ = ("Fetched", "fetch")

_TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    media_type: str
    name: str


async def fetch(uri: str, config: RagConfig) -> Fetched:
    """What is at an address. Raises `BadRequestError` where it cannot be had, or must not be."""
    scheme = urlsplit(uri).scheme.lower()
    if scheme == "data":
        return _from_data(uri)
    if scheme not in ("http", "https"):
        raise BadRequestError(f"a document's uri starts with data:, http: or https:, not {scheme or 'nothing'}:")
    if not config.fetch_urls:
        message = "documents are not fetched here: send their text, or set fetch_urls in the config of the RAG provider"
        raise BadRequestError(message, param="documents")
    fetcher = PublicFetcher(max_bytes=config.max_fetch_bytes, timeout_seconds=config.fetch_timeout_seconds)
    found = await fetcher.get(uri, param="documents")
    name = urlsplit(found.url).path.rpartition("/")[2]
    return Fetched(found.content, found.media_type or _TEXT, name or "document")


def _from_data(uri: str) -> Fetched:
    head, comma, body = uri[len("data:") :].partition(",")
    if not comma:
        raise BadRequestError("a data: uri has a comma before its content")
    *words, last = head.split(";")
    encoded = last == "base64"
    media_type = (words[0] if encoded and words else head.split(";")[0]) or _TEXT
    try:
        content = base64.b64decode(unquote_to_bytes(body), validate=True) if encoded else unquote_to_bytes(body)
    except binascii.Error as error:
        raise BadRequestError(f"a data: uri is not valid base64: {error}") from None
    return Fetched(content, media_type, "document")
