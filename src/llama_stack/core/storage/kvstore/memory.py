"""Keys and values in this process."""

import time
from typing import Self

from typing_extensions import override

from .contract import KVStore

__all__ = ("Entries", "MemoryKV")

Entries = dict[str, tuple[bytes, float | None]]  # value and time of expiry by key

_SWEEP_SECONDS = 60.0


class MemoryKV(KVStore):
    """A `KVStore` over a dictionary. Those who are given the same one see each other's writes."""

    def __init__(self, entries: Entries | None = None) -> None:
        self._entries: Entries = {} if entries is None else entries
        self._next_sweep = 0.0

    @override
    async def __aenter__(self) -> Self:
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        return None

    @override
    async def get(self, key: str) -> bytes | None:
        return self._value(key)

    @override
    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        self._put(key, value, ttl_seconds)

    @override
    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        if self._value(key) != expected:
            return False
        self._put(key, value, ttl_seconds)
        return True

    @override
    async def delete(self, key: str) -> bool:
        present = self._value(key) is not None
        self._entries.pop(key, None)
        return present

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        keys = sorted(key for key in self._entries if key.startswith(prefix) and (after is None or key > after))
        live = [(key, value) for key in keys if (value := self._value(key)) is not None]
        return live[:limit]

    def _value(self, key: str) -> bytes | None:
        entry = self._entries.get(key)
        if entry is None or (entry[1] is not None and entry[1] <= time.time()):
            return None
        return entry[0]

    def _put(self, key: str, value: bytes, ttl_seconds: float | None) -> None:
        self._entries[key] = (value, None if ttl_seconds is None else time.time() + ttl_seconds)
        if time.monotonic() > self._next_sweep:
            self._next_sweep = time.monotonic() + _SWEEP_SECONDS
            self._sweep()

    def _sweep(self) -> None:
        for key in [key for key in self._entries if self._value(key) is None]:
            del self._entries[key]
