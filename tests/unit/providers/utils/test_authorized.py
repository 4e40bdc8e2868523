"""Credentials that a transport adds: renewed after a 401, once, and never seen in what comes back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.authorized import Authorized, Bearer, BearerPerKey, open_authorized
from llama_stack.providers.utils.tokens import Token, TokenSource
from llama_stack.providers.utils.transport import AiohttpTransport, Transport, UpstreamRequest
from llama_stack.providers.utils.wrapping import wrapped
from tests.support.upstream import Request, Upstream
from tests.unit.providers.remote.clouds import Answer, Status, answering

pytestmark = pytest.mark.anyio


class Login:
    """Hands out token-1, token-2, …; each is old enough to be refused."""

    def __init__(self) -> None:
        self.visits, self.now = 0, 0.0

    async def fetch(self) -> Token[str]:
        self.visits += 1
        return Token(f"token-{self.visits}", 3600)

    def clock(self) -> float:
        self.now += 60
        return self.now

    def source(self) -> TokenSource[str]:
        return TokenSource(self.fetch, clock=self.clock)


@asynccontextmanager
async def authorized(login: Login) -> AsyncIterator[Authorized]:
    transport = Authorized(AiohttpTransport("p", NetworkConfig()), Bearer(login.source()))
    try:
        yield transport
    finally:
        await transport.aclose()


def knows(*tokens: str) -> dict[str, object]:
    """A service that accepts these tokens, and quotes those it refuses."""

    def answer(request: Request) -> Answer:
        sent = request.headers.get("authorization", "nothing")
        accepted = sent in [f"Bearer {token}" for token in tokens]
        return {"fine": True} if accepted else Status((401, {"error": f"{sent} is not known here"}))

    return {"/x": answer}


async def ask(transport: Transport, service: Upstream, **headers: str) -> tuple[int, bytes]:
    response = await transport.send(UpstreamRequest("POST", f"{service.url}/x", headers, b"{}"))
    try:
        return response.status, await response.read()
    finally:
        response.close()


async def test_a_call_carries_a_token() -> None:
    login = Login()
    with answering(knows("token-1")) as service:  # type: ignore[arg-type]
        async with authorized(login) as transport:
            assert await ask(transport, service) == (200, b'{"fine": true}')
            await ask(transport, service)
    assert login.visits == 1


async def test_a_refused_token_is_replaced_and_the_call_sent_once_more() -> None:
    login = Login()
    with answering(knows("token-2")) as service:  # type: ignore[arg-type]
        async with authorized(login) as transport:
            assert (await ask(transport, service))[0] == 200
        assert [request.headers["authorization"] for request in service.asked] == ["Bearer token-1", "Bearer token-2"]
        assert [request.body for request in service.asked] == [b"{}", b"{}"]


async def test_a_service_that_refuses_every_token_is_asked_twice_and_its_answer_hides_them() -> None:
    login = Login()
    with answering(knows()) as service:  # type: ignore[arg-type]
        async with authorized(login) as transport:
            status, body = await ask(transport, service)
        assert (status, len(service.asked), login.visits) == (401, 2, 2)
    assert b"token-" not in body
    assert b"*** is not known here" in body


async def test_a_call_with_a_key_of_its_own_is_left_alone() -> None:
    login = Login()
    with answering(knows("mine")) as service:  # type: ignore[arg-type]
        async with authorized(login) as transport:
            assert (await ask(transport, service, authorization="Bearer mine"))[0] == 200
            assert (await ask(transport, service, authorization="Bearer other"))[0] == 401
    assert login.visits == 0


async def test_each_key_has_tokens_of_its_own() -> None:
    key = "a"

    def source(key: str) -> TokenSource[str]:
        async def fetch() -> Token[str]:
            return Token(f"token of {key}", 3600)

        return TokenSource(fetch)

    credentials = BearerPerKey(lambda: key, source)
    request = UpstreamRequest("GET", "http://h/")
    assert await credentials.headers(request) == {"authorization": "Bearer token of a"}
    key = "b"
    assert await credentials.headers(request) == {"authorization": "Bearer token of b"}
    await credentials.aclose()


async def test_what_wraps_the_transports_sees_no_credentials() -> None:
    seen: list[UpstreamRequest] = []

    class Recorder(Transport):
        def __init__(self, inner: Transport) -> None:
            self.inner, self.aclose = inner, inner.aclose  # type: ignore[method-assign]

        async def send(self, request: UpstreamRequest):  # type: ignore[no-untyped-def,override]
            seen.append(request)
            return await self.inner.send(request)

    login = Login()
    with wrapped(lambda provider_id, network, transport: Recorder(transport)):
        transport = open_authorized("p", NetworkConfig(), lambda plain: Bearer(login.source()))
    with answering(knows("token-1")) as service:  # type: ignore[arg-type]
        assert (await ask(transport, service))[0] == 200
    await transport.aclose()
    assert [dict(request.headers) for request in seen] == [{}]
