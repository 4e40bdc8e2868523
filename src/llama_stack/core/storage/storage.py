"""What the run config's `storage` section offers, handed to whoever keeps something."""

from .config import StorageConfig
from .kvstore import KVStore, open_kv
from .kvstore.open import KVReference
from .sqlstore import SqlStore, open_sql

__all__ = ("Storage",)


class Storage:
    """Opens stores by reference. A provider asks for it as a constructor parameter of this type."""

    def __init__(self, config: StorageConfig) -> None:
        self.config = config

    def kv(self, reference: KVReference) -> KVStore:
        """Keys and values, to be opened with `async with`. Raises `ConfigError` for an unknown backend."""
        return open_kv(self.config, reference)

    def sql(self, backend: str | None = None) -> SqlStore:
        """Tables, to be opened with `async with`; None: the default backend. Raises `ConfigError` likewise."""
        return open_sql(self.config, backend)
