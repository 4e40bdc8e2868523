"""What every table of stored completions does, and what `tests/contract/test_completions_store.py` holds it to."""

from collections.abc import Sequence
from typing import Protocol, Self

import msgspec

from ...apis.common import Order

__all__ = ("CompletionRecord", "CompletionTable")


class CompletionRecord(msgspec.Struct, frozen=True, gc=False):
    """A completion and what it answered, as JSON."""

    id: str
    created: int  # seconds since 1970
    model: str
    body: bytes  # the completion
    messages: bytes  # the request's messages, an array
    metadata: dict[str, str] = {}


class CompletionTable(Protocol):
    """Completions in order of their second, and within it in order of arrival. Opened and closed with `async with`.

    What returned is durable, as far as the backend is, and seen by everyone who shares it.
    """

    @property
    def shared(self) -> bool:
        """Whether other processes may write here too."""
        ...

    async def insert(self, records: Sequence[CompletionRecord]) -> None:
        """Add records; one whose id is there already takes the other's place. One that is unfit is left out."""
        ...

    async def get(self, completion_id: str) -> CompletionRecord | None:
        """The record of this id."""
        ...

    async def page(self, *, after: str | None, limit: int, model: str | None, order: Order) -> list[CompletionRecord]:
        """Up to `limit` records from behind `after`. Raises `NotFoundError` when that is not there."""
        ...

    async def update(self, completion_id: str, metadata: dict[str, str]) -> CompletionRecord | None:
        """Replace a record's metadata; the record as it is then."""
        ...

    async def delete(self, completion_id: str) -> bool:
        """Forget a record; False when there was none."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...
