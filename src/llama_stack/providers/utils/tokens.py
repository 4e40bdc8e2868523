"""Credentials that expire: fetched once for many waiting requests, and renewed before they run out."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ...apis.errors import StackError

__all__ = ("Token", "TokenSource")

log = logging.getLogger(__name__)

T = TypeVar("T")

_EARLY = 0.2  # of its lifetime: where that is short, a token is not renewed sooner than this before its end
_RETRY_SECONDS = 15.0  # after a renewal that failed, while the old token still works
_YOUNG_SECONDS = 10.0  # a token that is refused at this age would be refused again


@dataclass(frozen=True, slots=True)
class Token(Generic[T]):
    """What was obtained, and for how long it works."""

    value: T
    lifetime_seconds: float


class TokenSource(Generic[T]):
    """The current token. `fetch` is called by one task at a time, however many wait for what it brings.

    A token is renewed in the background `margin_seconds` before its end, while the old one is still given
    out: a renewal that fails harms nobody until then. Without a valid token, the failure reaches those who wait,
    and the next call tries again.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Token[T]]],
        *,
        margin_seconds: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._margin, self._clock = fetch, margin_seconds, clock
        self._token: Token[T] | None = None
        self._made = self._due = self._end = 0.0
        self._renewal: asyncio.Task[Token[T]] | None = None

    async def get(self) -> T:
        """A token that works now. Raises what `fetch` raises."""
        now = self._clock()
        if self._token is None or now >= self._end:
            return (await asyncio.shield(self._renew())).value  # whoever stops waiting does not stop the others
        if now >= self._due:
            self._renew()
        return self._token.value

    def refused(self, value: T) -> bool:
        """Forget a token that the service refused; true when another one may be accepted."""
        if self._token is None or self._token.value != value:
            return True
        if self._clock() < self._made + _YOUNG_SECONDS:
            return False
        self._token = None
        return True

    async def aclose(self) -> None:
        """Stop renewing."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    def _renew(self) -> "asyncio.Task[Token[T]]":
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._fetched())
            self._renewal.add_done_callback(self._ended)
        return self._renewal

    async def _fetched(self) -> Token[T]:
        began = self._clock()
        token = await self._fetch()
        self._token, self._made, self._end = token, began, began + token.lifetime_seconds
        self._due = self._end - min(self._margin, token.lifetime_seconds * _EARLY)
        return token

    def _ended(self, task: "asyncio.Task[Token[T]]") -> None:
        self._renewal = None
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._due = self._clock() + _RETRY_SECONDS
        if self._token is not None and self._clock() < self._end:
            expected = isinstance(error, StackError)
            log.warning("a token was not renewed, the old one still works: %s", error, exc_info=not expected and error)
