"""The tables that hold vector stores, and what is known of each store.

A chunk's `seq` is never given twice, and grows with each insert: whoever knows a store up to a `seq` finds what is new
behind it. What else happened to rows that were there (their attributes changed, they are gone) is in `vector_changes`,
by the version of the store that it led to; of versions before `log_from` the log was thrown away.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ....apis.errors import NotFoundError
from ....apis.vector_io.index import StoreSpec
from ....core.storage.migrations import Step
from ..vectors.contract import check_same
from . import words

__all__ = (
    "STEPS",
    "Store",
    "changed",
    "create",
    "doom",
    "every",
    "find",
    "log",
    "nonces",
    "purge",
    "remove",
    "snapshot",
)

_LOG_ROWS = 20_000  # of a store; whoever is further behind reads it anew
_PURGED_AT_ONCE = 300  # chunks: other writers get their turn between

STEPS: tuple[Step, ...] = (
    """CREATE TABLE vector_stores (
        store INTEGER PRIMARY KEY AUTOINCREMENT, store_id TEXT NOT NULL UNIQUE,
        dimension INTEGER NOT NULL, metric TEXT NOT NULL, chunks INTEGER NOT NULL DEFAULT 0,
        version INTEGER NOT NULL DEFAULT 0, log_from INTEGER NOT NULL DEFAULT 0, logged INTEGER NOT NULL DEFAULT 0,
        nonce TEXT NOT NULL DEFAULT (lower(hex(randomblob(16))))
    )""",
    """CREATE TABLE vector_chunks (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, store INTEGER NOT NULL, chunk_id TEXT NOT NULL,
        document_id TEXT NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, payload BLOB NOT NULL
    )""",
    "CREATE UNIQUE INDEX vector_chunks_by_id ON vector_chunks (store, chunk_id)",
    "CREATE INDEX vector_chunks_by_document ON vector_chunks (store, document_id, position)",
    # Apart from the texts, so that a store's vectors are read in one go.
    """CREATE TABLE vectors (
        seq INTEGER PRIMARY KEY, store INTEGER NOT NULL, attributes TEXT NOT NULL, vector BLOB NOT NULL
    )""",
    "CREATE INDEX vectors_by_store ON vectors (store)",
    """CREATE VIEW vector_rows AS
        SELECT seq, c.store, c.chunk_id, c.document_id, c.position, c.text, v.attributes, c.payload, v.vector
        FROM vector_chunks AS c JOIN vectors AS v USING (seq)""",
    """CREATE TABLE vector_changes (
        store INTEGER NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (store, version, seq)
    ) WITHOUT ROWID""",
    "CREATE TABLE vector_stores_leaving (store INTEGER PRIMARY KEY)",
    # The texts themselves are in vector_chunks. Marks (M*) belong to words in the scripts of India and Thailand.
    """CREATE VIRTUAL TABLE vector_words USING fts5 (
        store, text, content='', tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co M*'"
    )""",
)


@dataclass(frozen=True, slots=True)
class Store:
    """A store as its row says it is."""

    key: int
    spec: StoreSpec
    chunks: int
    version: int
    log_from: int
    nonce: str  # unlike any other store's, here or elsewhere


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read within belongs to one moment."""
    if connection.in_transaction:  # the writer's, for a database in memory
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")


def create(connection: sqlite3.Connection, spec: StoreSpec) -> None:
    """Raises `ConflictError` when there is a store of that name with another dimension or metric."""
    insert = "INSERT INTO vector_stores (store_id, dimension, metric) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    connection.execute(insert, (spec.store_id, spec.dimension, spec.metric))
    check_same(spec, find(connection, spec.store_id).spec)


def find(connection: sqlite3.Connection, store_id: str) -> Store:
    """Raises `NotFoundError` when there is none."""
    query = "SELECT store, dimension, metric, chunks, version, log_from, nonce FROM vector_stores WHERE store_id = ?"
    row = connection.execute(query, (store_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"there is no vector store {store_id}")
    key, dimension, metric, *rest = row
    return Store(key, StoreSpec(store_id, dimension, metric), *rest)


def every(connection: sqlite3.Connection) -> list[StoreSpec]:
    query = "SELECT store_id, dimension, metric FROM vector_stores ORDER BY store_id"
    return [StoreSpec(*row) for row in connection.execute(query)]


def nonces(connection: sqlite3.Connection) -> set[str]:
    return {nonce for (nonce,) in connection.execute("SELECT nonce FROM vector_stores")}


def changed(connection: sqlite3.Connection, store: Store, more: int = 0) -> int:
    """Give the store its next version, and `more` chunks; returns that version."""
    update = "UPDATE vector_stores SET version = version + 1, chunks = chunks + ? WHERE store = ? RETURNING version"
    ((version,),) = connection.execute(update, (more, store.key)).fetchall()
    return int(version)


def log(connection: sqlite3.Connection, store: Store, version: int, seqs: Iterable[int]) -> None:
    """Say that something happened to rows that were there."""
    rows = [(store.key, version, seq) for seq in seqs]
    connection.executemany("INSERT OR IGNORE INTO vector_changes VALUES (?, ?, ?)", rows)
    update = "UPDATE vector_stores SET logged = logged + ? WHERE store = ? RETURNING logged"
    ((logged,),) = connection.execute(update, (len(rows), store.key)).fetchall()
    if logged > _LOG_ROWS:
        connection.execute("DELETE FROM vector_changes WHERE store = ?", (store.key,))
        connection.execute("UPDATE vector_stores SET log_from = ?, logged = 0 WHERE store = ?", (version, store.key))


def doom(connection: sqlite3.Connection, store_id: str) -> bool:
    """Forget a store at once; its rows are purged later, bit by bit."""
    gone = connection.execute("DELETE FROM vector_stores WHERE store_id = ? RETURNING store", (store_id,)).fetchall()
    connection.executemany("INSERT INTO vector_stores_leaving VALUES (?)", gone)
    return bool(gone)


def purge(connection: sqlite3.Connection) -> bool:
    """Remove some rows of a store that was forgotten; False when nothing is left to remove."""
    row = connection.execute("SELECT store FROM vector_stores_leaving LIMIT 1").fetchone()
    if row is None:
        return False
    query = "SELECT seq FROM vector_chunks WHERE store = ? LIMIT ?"
    seqs = [seq for (seq,) in connection.execute(query, (*row, _PURGED_AT_ONCE))]
    remove(connection, row[0], seqs)
    if len(seqs) < _PURGED_AT_ONCE:
        connection.execute("DELETE FROM vector_changes WHERE store = ?", row)
        connection.execute("DELETE FROM vector_stores_leaving WHERE store = ?", row)
    return True


def remove(connection: sqlite3.Connection, key: int, seqs: Sequence[int]) -> None:
    """Remove rows of a store's chunks."""
    one = [(seq,) for seq in seqs]
    # The index of words keeps no texts: it has to be told what it forgets.
    for row in one:
        (text,) = connection.execute("SELECT text FROM vector_chunks WHERE seq = ?", row).fetchone()
        forget = "INSERT INTO vector_words (vector_words, rowid, store, text) VALUES ('delete', ?, ?, ?)"
        connection.execute(forget, (*row, key, words.indexed(text)))
    connection.executemany("DELETE FROM vector_chunks WHERE seq = ?", one)
    connection.executemany("DELETE FROM vectors WHERE seq = ?", one)
