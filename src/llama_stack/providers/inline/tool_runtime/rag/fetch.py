"""Documents by their address: `data:` URLs, and web pages of public hosts where the config allows it.

A server that fetches what callers name can be made to fetch from its own network. So each name is resolved here, every
address has to be a public one, the connection goes to just these, and a redirect is looked at in the same way.
"""

import asyncio
import base64
import binascii
import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from typing_extensions import override

from .....apis.errors import BadRequestError, UpstreamError
from .config import RagConfig

__all__ = ("Fetched", "fetch")

_REDIRECTS = 5
_TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    media_type: str
    name: str


async def fetch(uri: str, config: RagConfig) -> Fetched:
    """What is at an address. Raises `BadRequestError` for one that must not be asked, `UpstreamError` for a failure."""
    scheme = urlsplit(uri).scheme.lower()
    if scheme == "data":
        return _from_data(uri)
    if scheme not in ("http", "https"):
        raise BadRequestError(f"a document's uri starts with data:, http: or https:, not {scheme or 'nothing'}:")
    if not config.fetch_urls:
        message = "documents are not fetched here: send their text, or set fetch_urls in the config of the RAG provider"
        raise BadRequestError(message, param="documents")
    try:
        async with asyncio.timeout(config.fetch_timeout_seconds):
            return await _from_web(uri, config.max_fetch_bytes)
    except aiohttp.InvalidURL as error:
        raise BadRequestError(f"{uri} is no address of the web: {error}", param="documents") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        what = str(error) or type(error).__name__
        raise UpstreamError(f"{uri} could not be fetched: {what}", provider_id="rag-runtime") from error


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


async def _from_web(uri: str, max_bytes: int) -> Fetched:
    connector = aiohttp.TCPConnector(resolver=_Public(), use_dns_cache=False)
    async with aiohttp.ClientSession(connector=connector) as http:
        for _ in range(_REDIRECTS + 1):
            _refuse_private_literal(uri)
            async with http.get(uri, allow_redirects=False) as response:
                if location := response.headers.get("location") if response.status in range(300, 400) else None:
                    uri = urljoin(uri, location)
                    continue
                if response.status >= 400:
                    raise UpstreamError(f"{uri} answers {response.status}", provider_id="rag-runtime")
                content = await _read(response, uri, max_bytes)
                return Fetched(content, response.content_type, urlsplit(uri).path.rpartition("/")[2] or "document")
    raise BadRequestError(f"{uri}: more than {_REDIRECTS} redirects")


async def _read(response: aiohttp.ClientResponse, uri: str, max_bytes: int) -> bytes:
    content = bytearray()
    async for piece in response.content.iter_chunked(1 << 16):
        content += piece
        if len(content) > max_bytes:
            raise BadRequestError(f"{uri} is larger than {max_bytes} bytes (max_fetch_bytes of the RAG provider)")
    return bytes(content)


class _Public(AbstractResolver):
    """Names as the system resolves them, if every address is a public one."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found: list[Any] = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for entry in found:
            _refuse_private(entry[4][0], host)
        return [
            ResolveResult(hostname=host, host=entry[4][0], port=port, family=entry[0], proto=entry[2], flags=0)
            for entry in found
        ]

    @override
    async def close(self) -> None:
        """Nothing is held."""


def _refuse_private_literal(uri: str) -> None:
    """An address in the URL itself is not resolved, so it is looked at here."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise BadRequestError(f"{uri} is no address of the web")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    _refuse_private(host, host)


def _refuse_private(address: str, host: str) -> None:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or found
    if not mapped.is_global or mapped.is_multicast:
        message = f"{host} is an address of a private network ({address}): only public ones are fetched"
        raise BadRequestError(message, param="documents")
