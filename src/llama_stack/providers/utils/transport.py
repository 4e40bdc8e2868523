"""The one seam between the house and the services it calls: a request goes out, an answer comes back.

Recording, replaying and fault injection are transports too.
"""

import io
import os
import ssl
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
from typing_extensions import override

from ...apis.errors import BadRequestError, UnavailableError, UpstreamError, UpstreamTimeoutError
from ..config import NetworkConfig, TLSConfig
from .wrapping import wrapper

__all__ = ("AiohttpTransport", "Pieces", "Transport", "UpstreamRequest", "UpstreamResponse", "open_transport")

_LARGE = 1 << 20  # bytes; larger bodies are written in pieces, so that one upload does not hold up the others


class Pieces(Protocol):
    """A body that is not in memory. Each iteration reads it from its beginning, if it can be read twice."""

    @property
    def size(self) -> int | None: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


@dataclass(slots=True)
class UpstreamRequest:
    """A call to a service. Its body is given whole, or in `pieces`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    pieces: Pieces | None = None


class UpstreamResponse(Protocol):
    """A service's answer. Whoever gets one closes it; closing before its end hangs up at once."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    async def read(self) -> bytes:
        """The whole body."""
        ...

    def reads(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives."""
        ...

    def close(self) -> None:
        """Let go: the connection is kept for the next call if the body was read to its end."""
        ...


class Transport(Protocol):
    """Sends requests. Raises `UpstreamError` when the service cannot be reached."""

    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        """Send, and wait for the status line and the headers."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


def open_transport(provider_id: str, network: NetworkConfig) -> Transport:
    """What a provider sends with: the plain transport, or what the `wrapped` block around it makes of that.

    Providers call it while they are built; a transport that is made later is a plain one.
    """
    transport = AiohttpTransport(provider_id, network)
    wrap = wrapper.get()
    return transport if wrap is None else wrap(provider_id, network, transport)


class AiohttpTransport(Transport):
    """One connection pool, opened at the first call."""

    def __init__(self, provider_id: str, network: NetworkConfig) -> None:
        self.provider_id = provider_id
        self.network = network
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[str, str | None] = {}

    @override
    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        session = self._session or self._open()
        _fresh.set(False)
        with _Translated(self.provider_id, request.url):
            try:
                response = await self._send(session, request)
            except ValueError as error:
                if isinstance(error, aiohttp.ClientError):
                    raise
                raise _unsendable(self.provider_id, request.headers) from error
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # A kept connection that the service closed just as we wrote to it. On a fresh one the service may
                # have begun to work on the request: it is not sent again.
                if _fresh.get() or request.pieces is not None:
                    raise
                response = await self._send(session, request)
        return _AiohttpResponse(self.provider_id, request.url, response)

    async def _send(self, session: aiohttp.ClientSession, request: UpstreamRequest) -> aiohttp.ClientResponse:
        body: Any = request.body
        headers = request.headers
        if request.pieces is not None:
            body = aiter(request.pieces)
            if request.pieces.size is not None:
                headers = {**headers, "content-length": str(request.pieces.size)}
        elif body is not None and len(body) > _LARGE:
            body = io.BytesIO(body)
        return await session.request(
            request.method,
            request.url,
            headers=headers,
            data=body,
            allow_redirects=False,  # they would take the key along
            proxy=self._proxy_for(request.url),
        )

    @override
    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        network = self.network
        self._session = aiohttp.ClientSession(
            connector=_Pool(limit=network.max_connections, ssl=_ssl_context(self.provider_id, network.tls)),
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=network.connect_timeout_seconds,
                sock_read=network.read_timeout_seconds,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    def _proxy_for(self, url: str) -> str | None:
        """The configured proxy, else the environment's (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), read once a host."""
        origin = url[: url.find("/", 8)]
        if origin not in self._proxies:
            self._proxies[origin] = self.network.proxy or _environment_proxy(origin)
        return self._proxies[origin]


_fresh: ContextVar[bool] = ContextVar("fresh", default=False)  # this call opened its connection itself


class _Pool(aiohttp.TCPConnector):
    @override
    async def _create_connection(self, *args: Any) -> Any:
        _fresh.set(True)
        return await super()._create_connection(*args)


class _AiohttpResponse:
    """aiohttp's answer, its errors in our words."""

    def __init__(self, provider_id: str, url: str, response: aiohttp.ClientResponse) -> None:
        self.provider_id, self.url = provider_id, url
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers

    async def read(self) -> bytes:
        with _Translated(self.provider_id, self.url):
            return await self._response.read()

    async def reads(self) -> AsyncGenerator[bytes, None]:
        content = self._response.content
        with _Translated(self.provider_id, self.url):
            while data := await content.readany():
                yield data

    def close(self) -> None:
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


class _Translated:
    """aiohttp's errors as ours. A class, for it is entered twice a call, and a generator costs three times as much."""

    __slots__ = ("provider_id", "url")

    def __init__(self, provider_id: str, url: str) -> None:
        self.provider_id, self.url = provider_id, url

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None and (ours := _ours(error, self.provider_id, self.url)):
            raise ours from error


def _ours(error: BaseException, provider_id: str, url: str) -> UpstreamError | None:
    """What was tried, what happened, what to look at; None for errors that are not aiohttp's."""
    who = f"{provider_id} at {_origin(url)}"
    match error:
        case aiohttp.ClientConnectorDNSError():
            return _unreachable(provider_id, url, f"its host name cannot be resolved ({error.host})")
        case aiohttp.ClientSSLError():
            return _unreachable(provider_id, url, f"TLS failed ({error}); see network.tls in its config")
        case aiohttp.ConnectionTimeoutError():
            return UpstreamTimeoutError(f"{who} did not accept a connection in time", provider_id=provider_id)
        case TimeoutError():
            message = f"{who} stopped answering (network.read_timeout_seconds)"
            return UpstreamTimeoutError(message, provider_id=provider_id)
        case aiohttp.ClientProxyConnectionError():
            why = f"the proxy {error.host}:{error.port} does not take connections"
            return _unreachable(provider_id, url, why)
        case aiohttp.ClientHttpProxyError():
            why = f"the proxy {error.request_info.real_url.origin()} answered {error.status} {error.message}"
            return _unreachable(provider_id, url, why)
        case aiohttp.ClientConnectorError():
            why = os.strerror(error.os_error.errno) if error.os_error.errno else str(error.os_error)
            return _unreachable(provider_id, url, f"{why}; is it running?")
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return _unreachable(provider_id, url, "that is no valid URL; see base_url in its config")
        case aiohttp.ClientError() | ConnectionError():
            message = f"{who} broke off its answer ({str(error) or type(error).__name__})"
            return UpstreamError(message, provider_id=provider_id, code="upstream_connection_lost")
    return None


def _unreachable(provider_id: str, url: str, why: str) -> UpstreamError:
    message = f"{provider_id} cannot be reached at {_origin(url)}: {why}"
    return UpstreamError(message, provider_id=provider_id, code="upstream_unreachable")


def _unsendable(provider_id: str, headers: Mapping[str, str]) -> BadRequestError:
    """The error for what aiohttp refuses to write. It does not quote the value: that is mostly a key."""
    wrong = [name for name, value in headers.items() if not value.isprintable()]
    message = f"{provider_id}: the header {', '.join(wrong)} holds a line break or another control character"
    return BadRequestError(message, code="invalid_header")


def _origin(url: str) -> str:
    """Scheme, host and port: never the credentials or the query of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_local(host: str) -> bool:
    """Whether a host is this machine, where no proxy is needed on the way."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _environment_proxy(origin: str) -> str | None:
    parts = urlsplit(origin)
    host = parts.netloc.rpartition("@")[2]  # NO_PROXY may name a port
    if parts.hostname is None or _is_local(parts.hostname) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _ssl_context(provider_id: str, tls: TLSConfig) -> ssl.SSLContext | bool:
    if isinstance(tls.verify, bool) and tls.client_cert is None:
        return tls.verify
    bundle = tls.verify if isinstance(tls.verify, str) else None
    with _readable(provider_id, "verify", bundle):
        context = ssl.create_default_context(cafile=bundle)
    if tls.verify is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if tls.client_cert is not None:
        with _readable(provider_id, "client_cert", tls.client_cert, tls.client_key):
            context.load_cert_chain(tls.client_cert, tls.client_key, password="")  # without, it would ask
    return context


@contextmanager
def _readable(provider_id: str, setting: str, *paths: str | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        named = " with ".join(path for path in paths if path)
        message = f"{provider_id}: network.tls.{setting}: {named} cannot be used: {error.strerror or error}"
        raise UnavailableError(message) from error
