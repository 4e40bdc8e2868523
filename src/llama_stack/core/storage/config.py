"""The `storage` section of a run config: which backends there are, and what is kept where."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from ...apis.errors import ConfigError
from .backends import (
    Backend,
    Family,
    KvMemory,
    KvMongoDB,
    KvPostgres,
    KvRedis,
    KvSqlite,
    Namespace,
    SqlMemory,
    SqlPostgres,
    SqlSqlite,
    Strict,
    Table,
)

__all__ = (
    "Backend",
    "InferenceStore",
    "KvMemory",
    "KvMongoDB",
    "KvPostgres",
    "KvRedis",
    "KvSqlite",
    "MetadataStore",
    "SqlMemory",
    "SqlPostgres",
    "SqlSqlite",
    "StorageConfig",
    "Stores",
)


class MetadataStore(Strict):
    """What was registered at run time: models and the other resources."""

    family: ClassVar[Family] = "kv"
    backend: str | None = Field(default=None, description="a key-value backend; may be left out when there is one")
    namespace: Namespace = "registry"


class InferenceStore(Strict):
    """Stored chat completions."""

    family: ClassVar[Family] = "sql"
    backend: str | None = Field(default=None, description="an SQL backend; may be left out when there is one")
    table_name: Table = "chat_completions"
    store_by_default: bool = Field(default=False, description="store completions whose request does not say `store`")
    max_write_queue_size: int = Field(
        default=10_000, ge=1, description="completions that may wait to be written; beyond, requests wait"
    )


class Stores(Strict):
    metadata: MetadataStore = MetadataStore()
    inference: InferenceStore = InferenceStore()


class StorageConfig(Strict):
    """Backends by name, and which of them each store uses.

    A store that names no backend gets `kv_default` or `sql_default`, or else the only one of its family; where
    there is none, memory. So without any configuration nothing is left behind on disk.
    """

    backends: dict[str, Backend] = Field(default={}, description="what can keep things, by a name of your choice")
    stores: Stores = Stores()

    @model_validator(mode="after")
    def _every_store_has_a_backend(self) -> Self:
        wrong = [error for name, store in _each(self.stores) if (error := self._settle(name, store))]
        if wrong:
            raise ValidationError.from_exception_data("StorageConfig", wrong)
        return self

    def _settle(self, name: str, store: MetadataStore | InferenceStore) -> InitErrorDetails | None:
        """Give the store its backend, or say why it has none."""
        if store.backend is None:
            store.backend = self._default(store.family)
        if store.backend is None:
            return _mistake(name, None, f"there are several {store.family} backends: say which one `{name}` uses")
        backend = self.backends.get(store.backend)
        if backend is None:
            known = ", ".join(self.backends) or "none"
            return _mistake(name, store.backend, f"no backend is named {store.backend!r}; defined: {known}")
        if backend.family != store.family:
            message = f"`{name}` needs a backend whose type starts with {store.family}_; this one is {backend.type}"
            return _mistake(name, store.backend, message)
        return None

    def choose(self, family: Family, name: str | None) -> str:
        """The name of a defined backend: the one asked for, else the default. Raises `ConfigError`."""
        known = [each for each, backend in self.backends.items() if backend.family == family]
        chosen = name or self._default(family)
        if chosen in self.backends:
            return chosen
        which = f"no backend is named {name!r}" if name else f"there are several {family} backends: name one"
        raise ConfigError(f"{which}; defined: {', '.join(known) or 'none'}")

    def _default(self, family: Family) -> str | None:
        default = f"{family}_default"
        names = [name for name, backend in self.backends.items() if backend.family == family]
        if not names and default not in self.backends:
            self.backends = self.backends | {default: KvMemory() if family == "kv" else SqlMemory()}
            return default
        if default in names:
            return default
        return names[0] if len(names) == 1 else None


def _each(stores: Stores) -> Iterator[tuple[str, MetadataStore | InferenceStore]]:
    yield "metadata", stores.metadata
    yield "inference", stores.inference


def _mistake(store: str, value: str | None, message: str) -> InitErrorDetails:
    error = PydanticCustomError("storage_backend", "{message}", {"message": message})
    return InitErrorDetails(type=error, loc=("stores", store, "backend"), input=value)
