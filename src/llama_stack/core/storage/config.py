"""The `storage` section of a run config: which backends there are, and what is kept where."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

__all__ = (
    "Backend",
    "InferenceStore",
    "KvMemory",
    "KvSqlite",
    "MetadataStore",
    "SqlMemory",
    "SqlSqlite",
    "StorageConfig",
    "Stores",
)

Family = Literal["kv", "sql"]
Namespace = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="keeps its keys apart from others'")]


def _file(path: Path) -> Path:
    if str(path) == ":memory:":
        raise ValueError("name a file; to keep nothing, choose the type kv_memory or sql_memory")
    return path.expanduser()


def _table(name: str) -> str:
    if name.lower().startswith(("sqlite_", "llama_stack_")):
        raise ValueError("names that start with sqlite_ or llama_stack_ are taken")
    return name


File = Annotated[Path, AfterValidator(_file), Field(description="path of a file; its folder is made when absent")]
Table = Annotated[str, AfterValidator(_table), Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


# ---- backends


class KvMemory(Strict):
    """Keys and values in this process alone; forgotten when it ends."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_memory"] = "kv_memory"
    # The medium itself, so that all stores opened on one backend share it: value and time of expiry by key.
    _entries: dict[str, tuple[bytes, float | None]] = PrivateAttr(default_factory=dict)


class KvSqlite(Strict):
    """Keys and values in an SQLite file, which several processes may share."""

    family: ClassVar[Family] = "kv"
    type: Literal["kv_sqlite"] = "kv_sqlite"
    db_path: File
    namespace: Namespace | None = None


class SqlMemory(Strict):
    """Tables in this process alone; forgotten when they are closed."""

    family: ClassVar[Family] = "sql"
    type: Literal["sql_memory"] = "sql_memory"


class SqlSqlite(Strict):
    """Tables in an SQLite file, which several processes may share."""

    family: ClassVar[Family] = "sql"
    type: Literal["sql_sqlite"] = "sql_sqlite"
    db_path: File


Backend = Annotated[KvMemory | KvSqlite | SqlMemory | SqlSqlite, Field(discriminator="type")]


# ---- stores


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

    backends: dict[str, Backend] = {}
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
            store.backend = self._choose(store.family)
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

    def _choose(self, family: Family) -> str | None:
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
