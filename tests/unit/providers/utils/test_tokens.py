"""Tokens are fetched once for many, renewed early, and kept while they work."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.providers.utils.tokens import Token, TokenSource

pytestmark = pytest.mark.anyio


class Login:
    """A login service with a clock: it counts its visitors, takes its time, and may fail."""

    def __init__(self, lifetime: float = 3600) -> None:
        self.now, self.visits, self.lifetime = 0.0, 0, lifetime
        self.failure: UpstreamError | None = None

    async def fetch(self) -> Token[str]:
        self.visits += 1
        await asyncio.sleep(0.01)
        if self.failure:
            raise self.failure
        return Token(f"token-{self.visits}", self.lifetime)

    def fails(self) -> None:
        self.failure = UpstreamError("the login service is down", provider_id="p")


@pytest.fixture
def login() -> Login:
    return Login()


@pytest.fixture
async def source(login: Login) -> AsyncIterator[TokenSource[str]]:
    source = TokenSource(login.fetch, clock=lambda: login.now)
    yield source
    await source.aclose()


async def test_fifty_callers_at_once_make_one_request(source: TokenSource[str], login: Login) -> None:
    assert await asyncio.gather(*(source.get() for _ in range(50))) == ["token-1"] * 50
    assert login.visits == 1


async def test_a_token_is_kept(source: TokenSource[str], login: Login) -> None:
    await source.get()
    login.now = 3000
    assert await source.get() == "token-1"
    assert login.visits == 1


async def test_a_token_is_renewed_before_its_end_while_nobody_waits(source: TokenSource[str], login: Login) -> None:
    await source.get()
    login.now = 3400  # less than the margin of 300 s before its end
    assert await asyncio.gather(*(source.get() for _ in range(50))) == ["token-1"] * 50
    await asyncio.sleep(0.03)
    assert await source.get() == "token-2"
    assert login.visits == 2


async def test_a_short_lived_token_is_not_renewed_all_the_time(login: Login) -> None:
    login.lifetime = 60
    source = TokenSource(login.fetch, clock=lambda: login.now)
    await source.get()
    login.now = 40
    await source.get()
    await asyncio.sleep(0.03)
    assert login.visits == 1


async def test_under_load_an_expired_token_is_replaced_once(source: TokenSource[str], login: Login) -> None:
    await source.get()
    login.now = 4000
    assert set(await asyncio.gather(*(source.get() for _ in range(50)))) == {"token-2"}
    assert login.visits == 2


async def test_a_renewal_that_fails_harms_nobody_while_the_old_token_works(
    source: TokenSource[str], login: Login, caplog: pytest.LogCaptureFixture
) -> None:
    await source.get()
    login.now = 3400
    login.fails()
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            assert await source.get() == "token-1"
            await asyncio.sleep(0.02)
    assert login.visits == 2  # and it is not tried again at once
    assert "the old one still works: the login service is down" in caplog.text
    login.failure, login.now = None, 3420
    await source.get()
    await asyncio.sleep(0.03)
    assert await source.get() == "token-3"


async def test_without_a_token_a_failure_reaches_all_who_wait_and_the_next_call_tries_again(
    source: TokenSource[str], login: Login
) -> None:
    login.fails()
    ends = await asyncio.gather(*(source.get() for _ in range(50)), return_exceptions=True)
    assert {str(end) for end in ends} == {"the login service is down"}
    assert login.visits == 1
    login.failure = None
    assert await source.get() == "token-2"


async def test_whoever_stops_waiting_does_not_stop_the_others(source: TokenSource[str], login: Login) -> None:
    first, second = asyncio.create_task(source.get()), asyncio.create_task(source.get())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "token-1"
    assert login.visits == 1


async def test_a_refused_token_is_replaced_once_however_many_calls_it_failed(
    source: TokenSource[str], login: Login
) -> None:
    await source.get()
    login.now = 100
    assert [source.refused("token-1") for _ in range(50)] == [True] * 50
    assert set(await asyncio.gather(*(source.get() for _ in range(50)))) == {"token-2"}
    assert source.refused("token-1")  # a late refusal of the old one
    assert await source.get() == "token-2"
    assert login.visits == 2


async def test_a_token_that_was_just_made_is_not_asked_for_again(source: TokenSource[str], login: Login) -> None:
    await source.get()
    assert not source.refused("token-1")
    assert await source.get() == "token-1"


async def test_closing_stops_a_renewal(login: Login) -> None:
    source = TokenSource(login.fetch, clock=lambda: login.now)
    waiting = asyncio.create_task(source.get())
    await asyncio.sleep(0)
    await source.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
