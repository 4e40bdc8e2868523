"""What is asked of Chroma, by whichever way it is reached."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

__all__ = ("BATCH", "Collection", "Collections", "records_of")

BATCH = 1000  # records a call; a local Chroma takes some 5,000

Metadata = Mapping[str, str | int | float | bool]


class Collection(Protocol):
    """A collection that is there."""

    name: str
    metadata: Metadata

    async def count(self) -> int: ...

    async def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """`get`, `query`, `upsert`, `update` or `delete`, with Chroma's own arguments."""
        ...


class Collections(Protocol):
    """A database of Chroma. Opened and closed with `async with` by whoever made it."""

    async def create(self, name: str, metadata: Metadata, space: str) -> Collection:
        """The collection of that name: a new one, unless it has been made in the meantime."""
        ...

    async def find(self, name: str) -> Collection | None: ...

    async def drop(self, name: str) -> bool: ...

    async def page(self, limit: int, offset: int) -> list[Collection]: ...


async def records_of(
    collection: Collection, ids: Sequence[str] | None = None, *, include: list[str], **conditions: Any
) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """The records of these ids, or all, that fulfil the conditions: ids and what is included, page after page."""
    given = {name: condition for name, condition in conditions.items() if condition is not None}
    start, more = 0, ids is None or bool(ids)
    while more:
        if ids is None:
            answer = await collection.call("get", **given, include=include, limit=BATCH, offset=start)
        else:
            answer = await collection.call("get", **given, include=include, ids=list(ids[start : start + BATCH]))
        for n, name in enumerate(answer["ids"]):
            yield name, {each: answer[each][n] for each in include}
        start += BATCH
        more = len(answer["ids"]) == BATCH if ids is None else start < len(ids)
