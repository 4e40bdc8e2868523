"""Several users of one key-value store, each with keys of its own."""

from typing import Self

from typing_extensions import override

from .contract import KVStore

__all__ = ("NamespacedKV",)


class NamespacedKV(KVStore):
    """A part of `store`: the keys behind `namespace:`, without it. Opens and closes the store."""

    def __init__(self, store: KVStore, namespace: str) -> None:
        self._store = store
        self._prefix = f"{namespace}:"

    @override
    async def __aenter__(self) -> Self:
        await self._store.__aenter__()
        return self

    @override
    async def __aexit__(self, *exc: object) -> None:
        await self._store.__aexit__(*exc)

    @override
    async def get(self, key: str) -> bytes | None:
        return await self._store.get(self._prefix + key)

    @override
    async def set(self, key: str, value: bytes, *, ttl_seconds: float | None = None) -> None:
        await self._store.set(self._prefix + key, value, ttl_seconds=ttl_seconds)

    @override
    async def replace(
        self, key: str, value: bytes, *, expected: bytes | None, ttl_seconds: float | None = None
    ) -> bool:
        return await self._store.replace(self._prefix + key, value, expected=expected, ttl_seconds=ttl_seconds)

    @override
    async def delete(self, key: str) -> bool:
        return await self._store.delete(self._prefix + key)

    @override
    async def scan(
        self, prefix: str = "", *, after: str | None = None, limit: int | None = None
    ) -> list[tuple[str, bytes]]:
        behind = None if after is None else self._prefix + after
        rows = await self._store.scan(self._prefix + prefix, after=behind, limit=limit)
        return [(key[len(self._prefix) :], value) for key, value in rows]
