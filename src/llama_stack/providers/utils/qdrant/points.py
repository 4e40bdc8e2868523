"""What is asked of Qdrant, by whichever way it is reached. Bodies and answers are those of its REST API."""

from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ("Qdrant",)


class Qdrant(Protocol):
    """Opened and closed with `async with` by whoever made it."""

    async def names(self) -> list[str]:
        """The collections there are."""
        ...

    async def find(self, name: str) -> Mapping[str, Any] | None:
        """The parameters of a collection."""
        ...

    async def create(self, name: str, parameters: Mapping[str, Any]) -> None:
        """Make a collection; one that is there stays as it is."""
        ...

    async def drop(self, name: str) -> bool: ...

    async def index(self, name: str, field: str, kind: str) -> None:
        """Have a field of the payload indexed; again changes nothing."""
        ...

    async def call(self, name: str, verb: str, body: Mapping[str, Any]) -> Any:
        """`upsert`, `retrieve`, `scroll`, `query`, `count`, `delete` or `payload`; the answer's `result`."""
        ...
