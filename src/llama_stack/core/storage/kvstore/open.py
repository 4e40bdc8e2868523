"""From a run config's reference to the key-value store that it means."""

from typing import Protocol

from ....apis.errors import ConfigError
from ..config import KvMemory, KvMongoDB, KvPostgres, KvRedis, KvSqlite, StorageConfig
from ..errors import driver
from .contract import KVStore
from .memory import MemoryKV
from .namespaced import NamespacedKV
from .sqlite import SqliteKV

__all__ = ("KVReference", "open_kv")


class KVReference(Protocol):
    """Which backend, and which part of it: `stores.metadata`, or a provider's own setting."""

    @property
    def backend(self) -> str | None: ...

    @property
    def namespace(self) -> str: ...


def open_kv(config: StorageConfig, reference: KVReference) -> KVStore:
    """The store that `reference` means, to be opened with `async with`. Nothing is touched before."""
    backend = config.backends.get(reference.backend or "kv_default")
    match backend:
        case KvMemory():
            return NamespacedKV(MemoryKV(backend._entries), reference.namespace)
        case KvSqlite():
            return NamespacedKV(SqliteKV(backend.db_path), _space(backend, reference))
        case KvPostgres():
            with driver(backend.type, "postgres"):
                from .postgres import PostgresKV
            return NamespacedKV(PostgresKV(backend), _space(backend, reference))
        case KvRedis():
            with driver(backend.type, "redis"):
                from .redis import RedisKV
            return RedisKV(backend, _space(backend, reference))
        case KvMongoDB():
            with driver(backend.type, "mongodb"):
                from .mongodb import MongoKV
            return NamespacedKV(MongoKV(backend), _space(backend, reference))
    defined = ", ".join(name for name, each in config.backends.items() if each.family == "kv") or "none"
    raise ConfigError(f"no key-value backend is named {reference.backend!r}; defined: {defined}")


def _space(backend: KvSqlite | KvPostgres | KvRedis | KvMongoDB, reference: KVReference) -> str:
    return f"{backend.namespace}/{reference.namespace}" if backend.namespace else reference.namespace
