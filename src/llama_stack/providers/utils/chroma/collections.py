"""What is asked of Chroma, by whichever way it is reached."""

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ("Collection", "Collections")

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
