"""From a backend's name to its tables."""

from ....apis.errors import ConfigError
from ..backends import SqlMemory, SqlPostgres, SqlSqlite
from ..config import StorageConfig
from ..errors import driver
from .contract import SqlStore
from .sqlite import SqliteStore

__all__ = ("open_sql",)


def open_sql(config: StorageConfig, backend_name: str | None = None) -> SqlStore:
    """The tables of a backend, to be opened with `async with`; None: the default one. Nothing is touched before."""
    name = config.choose("sql", backend_name)
    match backend := config.backends.get(name):
        case SqlMemory():
            return SqliteStore(backend.place)
        case SqlSqlite(db_path=path):
            return SqliteStore(path)
        case SqlPostgres():
            with driver(backend.type, "postgres"):
                from .postgres import PostgresStore
            return PostgresStore(backend)
    raise ConfigError(f"the backend {name!r} holds no tables: name one whose type starts with sql_")
