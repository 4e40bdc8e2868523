"""What every key-value backend does, and what `tests/contract/test_kvstore.py` holds it to."""

from typing import Protocol, Self

__all__ = ("KVStore",)


class KVStore(Protocol):
    """Text keys, byte values, kept in key order. Opened and closed with `async with`.

    A write that returned can be read by everyone who shares the store, and survives `kill -9` where the
    backend is durable. Keys sort by code point. An expired key is as good as deleted.
    """

    async def get(self, key: str) -> bytes | None:
        """The value, or None."""
        ...

    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        """Write; without `ttl_seconds` the value stays until it is deleted."""
        ...

    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        """`set`, but only if the present value is `expected` (None: absent). Atomic; False when it was not."""
        ...

    async def delete(self, key: str) -> bool:
        """Forget; False when there was nothing."""
        ...

    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        """Keys that start with `prefix` and their values, in key order, from behind `after`."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...
