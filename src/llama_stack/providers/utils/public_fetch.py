"""Fetching what a caller's URL names, and only from the public internet.

A server that fetches what callers name could be sent to the machines beside it: to its cloud's metadata service, to a
database behind the firewall. So every address is looked at when a socket for it is made, whatever name or redirect led
there; only public ones are connected to.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import AddrInfoType

from ...apis.errors import BadRequestError, TooLargeError

__all__ = ("Fetched", "PublicFetcher", "is_public")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 5
_PIECE_BYTES = 64 * 1024
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a URL led to."""

    url: str  # after redirects
    content: bytes
    media_type: str | None


class PublicFetcher:
    """Gets documents of up to `max_bytes` within `timeout_seconds`, redirects and all.

    `allows` says which addresses may be connected to. Errors are `BadRequestError`s about the parameter `param`.
    """

    def __init__(self, *, max_bytes: int, timeout_seconds: float, allows: Callable[[str], bool] | None = None) -> None:
        self.max_bytes = max_bytes
        self.timeout_seconds = timeout_seconds
        self._allows = allows or is_public

    async def get(self, url: str, *, param: str) -> Fetched:
        guard = _Guard(self._allows)
        try:
            async with asyncio.timeout(self.timeout_seconds), _session(guard) as session:
                return await self._follow(session, url)
        except TimeoutError:
            message = f"{_shown(url)} did not answer within {self.timeout_seconds:g} seconds"
        except (aiohttp.ClientError, ValueError) as error:
            if guard.refused:
                message = f"{_shown(url)} leads to {guard.refused}, which is no public address"
                raise BadRequestError(f"{param}: {message}", param=param, code="address_not_allowed") from None
            message = f"{_shown(url)} cannot be fetched: {error}"
        raise BadRequestError(f"{param}: {message}", param=param, code="fetch_failed")

    async def _follow(self, session: aiohttp.ClientSession, url: str) -> Fetched:
        for _ in range(_HOPS + 1):
            _check(url)
            async with session.get(url, allow_redirects=False) as response:
                if response.status not in _REDIRECTS or "location" not in response.headers:
                    return await self._read(response)
                url = urljoin(url, response.headers["location"])
        raise ValueError(f"more than {_HOPS} redirects")

    async def _read(self, response: aiohttp.ClientResponse) -> Fetched:
        if response.status != 200:
            raise ValueError(f"it answered {response.status}")
        content = bytearray()
        async for piece in response.content.iter_chunked(_PIECE_BYTES):  # unpacked, where it came packed
            content += piece
            if len(content) > self.max_bytes:
                raise TooLargeError(f"{_shown(str(response.url))} has more than {self.max_bytes} bytes")
        declared = response.headers.get("content-type")
        return Fetched(str(response.url), bytes(content), declared.partition(";")[0].strip() if declared else None)


class _Guard:
    """Makes the sockets: the one place that every connection passes, with the very address that it goes to."""

    def __init__(self, allows: Callable[[str], bool]) -> None:
        self._allows = allows
        self.refused: str | None = None

    def __call__(self, found: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = found
        if not self._allows(str(address[0])):
            self.refused = str(address[0])
            raise OSError(f"{self.refused} is not allowed")
        return socket.socket(family, kind, protocol)


def _session(guard: _Guard) -> aiohttp.ClientSession:
    # No proxy of the environment: it would connect where nobody looks.
    connector = aiohttp.TCPConnector(socket_factory=guard, use_dns_cache=False)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)


def _check(url: str) -> None:
    """Raise for what is no web address, or carries a password."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("it is neither http: nor https:")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL with a user name or a password in it is not followed")


def is_public(address: str) -> bool:
    """Whether an IP address is reached over the public internet; in IPv6, what an embedded IPv4 address is counts."""
    try:
        ip: Any = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = (
            ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        )
        if inner is not None:
            return is_public(str(inner))
        if ip.teredo is not None:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _shown(url: str) -> str:
    """A URL without its query, which may hold keys."""
    return url.partition("?")[0][:200]
