"""The tables: one of all stores, and one for each store's chunks.

A store has a table of its own so that its vectors have one dimension, its index is asked for nothing else's rows, and
forgetting it is dropping a table.
"""

from dataclasses import dataclass
from typing import Any

import asyncpg

from .....apis.errors import BadRequestError, UnavailableError
from .....apis.vector_io.index import Metric, StoreSpec
from .....core.storage.postgres import Postgres
from .....core.storage.postgres_migrations import Step, migrate
from .config import Hnsw, IvfFlat

__all__ = ("COLUMNS", "STORES", "Extension", "Table", "check_dimension", "open_schema")

STORES = "llamastack_vector_stores"
COLUMNS = "chunk_id, document_id, position, text, exact_text, attributes_as_given, payload"
_OLDEST = (0, 8)  # has iterative scans, without which a filter loses recall
_LONGEST = 16_000  # dimensions of the type `vector`
_INDEXED = 2_000  # dimensions that its indexes take
_HALF_INDEXED = 4_000  # dimensions that indexes of half the precision take
_OPERATORS: dict[Metric, tuple[str, str]] = {"cosine": ("<=>", "cosine"), "dot": ("<#>", "ip"), "l2": ("<->", "l2")}


@dataclass(frozen=True, slots=True)
class Extension:
    """Where pgvector's types and operators are: it may have been made in another schema than ours."""

    schema: str

    def type(self, name: str, dimension: int) -> str:
        return f"{_quoted(self.schema)}.{name}({dimension})"

    def operator(self, metric: Metric) -> str:
        return f"OPERATOR({_quoted(self.schema)}.{_OPERATORS[metric][0]})"

    def operator_class(self, name: str, metric: Metric) -> str:
        return f"{_quoted(self.schema)}.{name}_{_OPERATORS[metric][1]}_ops"


@dataclass(frozen=True, slots=True)
class Table:
    """A store's table."""

    store: StoreSpec
    extension: Extension

    @property
    def name(self) -> str:
        return _quoted(f"llamastack_{self.store.store_id}")

    @property
    def index_name(self) -> str:
        return _quoted(f"llamastack_{self.store.store_id}_ann")

    @property
    def type(self) -> str:
        return self.extension.type("vector", self.store.dimension)

    def distance(self, parameter: str) -> str:
        return f"embedding {self.extension.operator(self.store.metric)} {parameter}::real[]::{self.type}"

    def indexed_distance(self, parameter: str) -> str:
        """The distance by which the index sorts: that of halved precision where a vector is too long for it."""
        if self.store.dimension <= _INDEXED:
            return self.distance(parameter)
        half = self.extension.type("halfvec", self.store.dimension)
        operator = self.extension.operator(self.store.metric)
        return f"(embedding::{half}) {operator} {parameter}::real[]::{self.type}::{half}"

    def created(self) -> tuple[str, ...]:
        """The statements that make it."""
        return (
            f"CREATE TABLE {self.name} ("
            " chunk_id TEXT PRIMARY KEY, document_id TEXT NOT NULL, position BIGINT NOT NULL,"
            " text TEXT NOT NULL, exact_text BYTEA, attributes JSONB NOT NULL, attributes_as_given BYTEA NOT NULL,"
            f" payload BYTEA NOT NULL, words TSVECTOR NOT NULL, embedding {self.type} NOT NULL)",
            f"CREATE INDEX ON {self.name} (document_id, position)",
            f"CREATE INDEX ON {self.name} USING gin (attributes jsonb_path_ops)",
            f"CREATE INDEX ON {self.name} USING gin (words)",
        )

    def index(self, kind: Hnsw | IvfFlat | None) -> str | None:
        """The statement that makes its index of vectors; None where it has none."""
        if kind is None or self.store.dimension > _HALF_INDEXED:
            return None
        half = self.store.dimension > _INDEXED
        what = f"(embedding::{self.extension.type('halfvec', self.store.dimension)})" if half else "embedding"
        operators = self.extension.operator_class("halfvec" if half else "vector", self.store.metric)
        how = (
            f"hnsw ({what} {operators}) WITH (m = {kind.m}, ef_construction = {kind.ef_construction})"
            if isinstance(kind, Hnsw)
            else f"ivfflat ({what} {operators}) WITH (lists = {kind.lists})"
        )
        return f"CREATE INDEX IF NOT EXISTS {self.index_name} ON {self.name} USING {how}"


def check_dimension(store: StoreSpec) -> None:
    if store.dimension > _LONGEST:
        message = f"pgvector takes vectors of up to {_LONGEST} dimensions, and this store has {store.dimension}"
        raise BadRequestError(message, param="dimension")


async def open_schema(db: Postgres) -> Extension:
    """See to the extension and to the table of stores. Raises `UnavailableError` without a fitting extension."""
    await migrate(db, "vector_io", _STEPS)
    found = await db.rows(
        "SELECT nspname, extversion FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace"
        " WHERE extname = 'vector'"
    )
    if not found:
        raise UnavailableError(f"{db.place}: the extension vector was dropped: run CREATE EXTENSION vector there")
    schema, version = found[0]
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        raise UnavailableError(f"{db.place}: pgvector {version} is too old: 0.8 or newer is needed")
    return Extension(schema)


async def _make_extension(connection: Any) -> None:
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
    except asyncpg.InsufficientPrivilegeError as error:
        message = "an administrator has to run CREATE EXTENSION vector in this database first"
        raise UnavailableError(f"pgvector: {error}: {message}") from error
    except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError) as error:
        message = "install pgvector on the server (https://github.com/pgvector/pgvector#installation)"
        raise UnavailableError(f"pgvector: {error}: {message}") from error


_STEPS: tuple[Step, ...] = (
    _make_extension,
    f"CREATE TABLE {STORES} (store_id TEXT PRIMARY KEY, dimension INTEGER NOT NULL, metric TEXT NOT NULL)",
)


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
