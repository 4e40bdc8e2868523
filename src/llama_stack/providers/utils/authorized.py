"""A transport that adds credentials to every call: a token that expires, or a signature of the call itself."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from typing_extensions import override

from ..config import NetworkConfig
from .tokens import TokenSource
from .transport import AiohttpTransport, Transport, UpstreamRequest, UpstreamResponse
from .wrapping import wrapper

__all__ = ("Authorized", "Bearer", "BearerPerKey", "Credentials", "open_authorized")

_SECRET = {"authorization", "x-amz-security-token"}
_KEYS_KEPT = 256  # of callers who bring their own


class Credentials(Protocol):
    """What makes the headers that authorize a call."""

    async def headers(self, request: UpstreamRequest) -> Mapping[str, str]:
        """The headers for this call. Raises `UpstreamError` when there are no credentials to be had."""
        ...

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Learn that the service answered 401 to these; true when it is worth asking again."""
        ...

    async def aclose(self) -> None: ...


class Authorized(Transport):
    """`inner`, with credentials. A call that is refused with 401 is sent once more with new ones.

    A call that carries one of the headers `own` already brings its own key, and is left as it is.
    """

    def __init__(self, inner: Transport, credentials: Credentials, own: Iterable[str] = ("authorization",)) -> None:
        self.inner, self.credentials, self.own = inner, credentials, frozenset(own)

    @override
    async def send(self, request: UpstreamRequest) -> UpstreamResponse:
        if not self.own.isdisjoint(request.headers):
            return await self.inner.send(request)
        headers = await self.credentials.headers(request)
        response = await self._send(request, headers)
        if response.status == 401 and self.credentials.refused(headers):
            response.close()
            response = await self._send(request, await self.credentials.headers(request))
        return response

    async def _send(self, request: UpstreamRequest, headers: Mapping[str, str]) -> UpstreamResponse:
        response = await self.inner.send(replace(request, headers={**request.headers, **headers}))
        return response if response.status < 400 else _Discreet(response, headers)

    @override
    async def aclose(self) -> None:
        await self.credentials.aclose()
        await self.inner.aclose()


class Bearer(Credentials):
    """`Authorization: Bearer …`, from a source of tokens."""

    def __init__(self, source: TokenSource[str]) -> None:
        self.source = source

    @override
    async def headers(self, request: UpstreamRequest) -> Mapping[str, str]:
        return {"authorization": f"Bearer {await self.source.get()}"}

    @override
    def refused(self, headers: Mapping[str, str]) -> bool:
        return self.source.refused(headers["authorization"].removeprefix("Bearer "))

    @override
    async def aclose(self) -> None:
        await self.source.aclose()


class BearerPerKey(Credentials):
    """A source of tokens for each key that is in use: the operator's, and those that callers bring."""

    def __init__(self, key: Callable[[], str], source: Callable[[str], TokenSource[str]]) -> None:
        self._key, self._source = key, source
        self._bearers: OrderedDict[str, Bearer] = OrderedDict()

    @override
    async def headers(self, request: UpstreamRequest) -> Mapping[str, str]:
        return await self._bearer().headers(request)

    @override
    def refused(self, headers: Mapping[str, str]) -> bool:
        return self._bearer().refused(headers)

    @override
    async def aclose(self) -> None:
        for bearer in self._bearers.values():
            await bearer.aclose()

    def _bearer(self) -> Bearer:
        key = self._key()
        if key not in self._bearers:
            self._bearers[key] = Bearer(self._source(key))
        self._bearers.move_to_end(key)
        if len(self._bearers) > _KEYS_KEPT:
            self._bearers.popitem(last=False)
        return self._bearers[key]


class _Discreet:
    """A refusal in which the credentials that were sent cannot be read: some services quote them."""

    def __init__(self, response: UpstreamResponse, sent: Mapping[str, str]) -> None:
        self._response = response
        self._secrets = [sent[name].rpartition(" ")[2].encode() for name in _SECRET & sent.keys()]
        self.status, self.headers = response.status, response.headers
        self.close = response.close

    async def read(self) -> bytes:
        return self._masked(await self._response.read())

    async def reads(self) -> AsyncGenerator[bytes, None]:
        yield await self.read()

    def _masked(self, body: bytes) -> bytes:
        for secret in filter(None, self._secrets):
            body = body.replace(secret, b"***")
        return body


def open_authorized(
    provider_id: str,
    network: NetworkConfig,
    credentials: Callable[[Transport], Credentials],
    own: Iterable[str] = ("authorization",),
) -> Transport:
    """The transport of a provider whose credentials are made; `credentials` get the plain one to fetch tokens with.

    What wraps the stack's transports (a recording, say) sees calls without credentials, and none for tokens.
    """
    plain = AiohttpTransport(provider_id, network)
    authorized = Authorized(plain, credentials(plain), own)
    wrap = wrapper.get()
    return authorized if wrap is None else wrap(provider_id, network, authorized)
