"""What every table of stored completions does, and what `tests/contract/test_completions_store.py` holds it to."""

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

import msgspec

from ...apis.common import Order

__all__ = ("CompletionRecord", "CompletionTable", "metadata_mark", "metadata_text", "queue_key")


class CompletionRecord(msgspec.Struct, frozen=True, gc=False):
    """A completion and what it answered, as JSON."""

    id: str
    created: int  # seconds since 1970
    model: str
    body: bytes  # the completion
    messages: bytes  # the request's messages, an array
    metadata: dict[str, str] = {}
    tenant: str = ""
    owner: str = ""  # whose it is; "" where nobody had to say

    @property
    def key(self) -> str:
        """Its name among all that wait to be written."""
        return queue_key(self.tenant, self.owner, self.id)


def queue_key(tenant: str, owner: str, completion_id: str) -> str:
    """Ids are what services made up: two callers may have been given the same one."""
    return f"{tenant}\0{owner}\0{completion_id}"


def metadata_text(metadata: Mapping[str, str]) -> bytes:
    """Metadata as JSON in which each pair begins a line, so that `metadata_mark` finds it and nothing else."""
    return msgspec.json.format(msgspec.json.encode(metadata), indent=1)


def metadata_mark(key: str, value: str) -> bytes:
    """The bytes that are in a `metadata_text` exactly when it has this pair: no line breaks within a JSON text."""
    return metadata_text({key: value})[1:-2]


class CompletionTable(Protocol):
    """Completions in order of their second, and within it in order of arrival. Opened and closed with `async with`.

    Whoever reads or changes sees what `ownership` lets the caller see; the rest is not there. What returned
    is durable, as far as the backend is, and seen by everyone who shares it.
    """

    @property
    def shared(self) -> bool:
        """Whether other processes may write here too."""
        ...

    async def insert(self, records: Sequence[CompletionRecord]) -> None:
        """Add records; one whose id is there already takes the other's place.

        One that is unfit is left out, and so is one whose id somebody else's has.
        """
        ...

    async def get(self, completion_id: str) -> CompletionRecord | None:
        """The record of this id."""
        ...

    async def page(
        self, *, after: str | None, limit: int, model: str | None, order: Order, metadata: Mapping[str, str]
    ) -> list[CompletionRecord]:
        """Up to `limit` records from behind `after`, with all of `metadata`. Raises `NotFoundError` without `after`."""
        ...

    async def update(self, completion_id: str, metadata: dict[str, str]) -> CompletionRecord | None:
        """Replace a record's metadata; the record as it is then."""
        ...

    async def delete(self, completion_id: str) -> bool:
        """Forget a record; False when there was none."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...
