"""A copy of the vectors that sqlite-vec reads, and how it follows the tables."""

import json
import math
import sqlite3
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import apsw
import sqlite_vec
from typing_extensions import override

from .....apis.vector_io.filters import Comparison, Compound, matches
from .....apis.vector_io.index import Metric
from .....core.storage.errors import storage_error
from ....utils.embedded_vectors.news import news
from ....utils.embedded_vectors.searcher import Hit, Searcher
from ....utils.embedded_vectors.tables import Store, nonces

__all__ = ("VecSearcher",)

_PATIENCE_MS = 30_000
_TABLES = """
CREATE TABLE IF NOT EXISTS known (
    nonce TEXT PRIMARY KEY, store INTEGER NOT NULL,
    version INTEGER NOT NULL, -- all changes up to this one are there,
    last INTEGER NOT NULL, -- and all rows up to this one
    seen INTEGER NOT NULL, -- some rows are of this version
    whole INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS vectors (
    seq INTEGER PRIMARY KEY, store INTEGER NOT NULL, attributes TEXT NOT NULL,
    length REAL NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS vectors_by_store ON vectors (store);
"""
# sqlite-vec has no dot product, but the cosine and the lengths make one. The cosine of a vector of zeros is NULL there.
_SIMILARITY: dict[Metric, str] = {
    "cosine": "coalesce(1 - vec_distance_cosine(vector, :query), 0)",
    "dot": "coalesce(1 - vec_distance_cosine(vector, :query), 0) * length * :length",
    "l2": "-vec_distance_l2(vector, :query)",
}


class VecSearcher(Searcher):
    """Several processes may share the file, as they share the tables; None: it is in memory."""

    def __init__(self, place: Path | None) -> None:
        self._place = place
        self._own = threading.local()
        self._opened: list[Any] = []
        self._opening = threading.Lock()
        self._shared: Any = None
        self._ahead: dict[int, int] = {}

    @override
    def nearest(
        self, connection: sqlite3.Connection, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None
    ) -> list[Hit] | None:
        with self._failures():
            copy = self._connection()
            with _transaction(copy, "BEGIN"):
                if _known(copy, store).level == store.version:
                    return _search(copy, store, query, limit, rule)
            with _transaction(copy, "BEGIN IMMEDIATE"):
                self._catch_up(connection, copy, store)
        return None

    @override
    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def _catch_up(self, connection: sqlite3.Connection, copy: Any, store: Store) -> None:
        """Take a page of what is new."""
        known = _known(copy, store)
        if known.seen > store.version and self._ahead.get(store.key) != store.version:
            self._ahead[store.key] = store.version  # somebody else was faster: the next try will see more
            return
        if known.seen > store.version or known.version < store.log_from:  # ahead for good: restored tables, say
            _forget(copy, {store.nonce})
            _forget(copy, {nonce for (nonce,) in copy.execute("SELECT nonce FROM known")} - nonces(connection))
            known = _Known(store.version)
        found = news(connection, store, known.version, known.last)
        copy.executemany("UPDATE vectors SET attributes = ?2 WHERE seq = ?1", found.changed)
        copy.executemany("DELETE FROM vectors WHERE seq = ?", ((seq,) for seq in found.gone))
        rows = ((seq, store.key, attributes, _length(vector), vector) for seq, attributes, vector in found.added)
        copy.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?, ?)", rows)
        version = store.version if found.whole else known.version
        last = found.added[-1][0] if found.added else known.last
        row = (store.nonce, store.key, version, last, store.version, found.whole)
        copy.execute("INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?, ?)", row)

    # ---- the file

    def _connection(self) -> Any:
        """This thread's connection."""
        connection = getattr(self._own, "connection", None)
        if connection is None:
            with self._opening:  # one file, and in memory one connection for all
                connection = self._shared or _open(self._place)
                self._shared = connection if self._place is None else None
                self._opened.append(connection)
            self._own.connection = connection
        return connection

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except apsw.Error as error:
            raise storage_error(str(self._place or ":memory:"), str(error)) from error


def _open(place: Path | None) -> Any:
    connection = apsw.Connection(str(place or ":memory:"))
    connection.set_busy_timeout(_PATIENCE_MS)
    connection.enable_load_extension(True)
    connection.load_extension(sqlite_vec.loadable_path())
    connection.enable_load_extension(False)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "journal_size_limit = 33554432"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(_TABLES)
    return connection


@contextmanager
def _transaction(copy: Any, begin: str) -> Iterator[None]:
    copy.execute(begin)
    try:
        yield
    except BaseException:
        copy.execute("ROLLBACK")
        raise
    copy.execute("COMMIT")


@dataclass(frozen=True, slots=True)
class _Known:
    """How far the copy of a store is, as its row says."""

    version: int = -1
    last: int = 0
    seen: int = -1
    whole: int = 0

    @property
    def level(self) -> int | None:
        """The version of the store that the copy is of."""
        return self.version if self.whole else None


def _known(copy: Any, store: Store) -> _Known:
    return _Known(
        *next(copy.execute("SELECT version, last, seen, whole FROM known WHERE nonce = ?", (store.nonce,)), ())
    )


def _forget(copy: Any, gone: set[str]) -> None:
    for nonce in gone:
        copy.execute("DELETE FROM vectors WHERE store = (SELECT store FROM known WHERE nonce = ?)", (nonce,))
        copy.execute("DELETE FROM known WHERE nonce = ?", (nonce,))


def _search(copy: Any, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None) -> list[Hit]:
    fits = lru_cache(10_000)(lambda attributes: matches(rule, json.loads(attributes)))
    copy.create_scalar_function("fits", fits if rule else None, 1)
    statement = (
        f"SELECT seq, {_SIMILARITY[store.spec.metric]} AS score FROM vectors WHERE store = :store"
        f"{' AND fits(attributes)' if rule else ''} ORDER BY score DESC, seq LIMIT :limit"
    )
    values = {"query": query, "length": _length(query), "store": store.key, "limit": limit}
    return list(copy.execute(statement, values))


def _length(vector: bytes) -> float:
    return math.hypot(*array("f", vector))
