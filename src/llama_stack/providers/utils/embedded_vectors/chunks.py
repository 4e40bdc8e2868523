"""Chunks as rows: written, changed, removed, read back. Each function is called within a transaction."""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from ....apis.vector_io.index import IndexedChunk
from . import words
from .tables import Store, changed, log, remove

__all__ = ("delete", "page", "read", "seqs_of", "set_attributes", "upsert", "vectors_of")

_BY_DOCUMENT = "SELECT seq FROM vector_chunks WHERE store = ? AND document_id = ?"
_BY_ID = "SELECT seq FROM vector_chunks WHERE store = ? AND chunk_id IN (SELECT value FROM json_each(?))"


def upsert(
    connection: sqlite3.Connection, store: Store, chunks: Sequence[IndexedChunk], vectors: Sequence[bytes]
) -> None:
    """Put chunks with their vectors; of several with one id the last stays."""
    rows = {chunk.chunk_id: (chunk, vector) for chunk, vector in zip(chunks, vectors, strict=True)}
    replaced = seqs_of(connection, store, chunk_ids=list(rows))
    version = changed(connection, store, len(rows) - len(replaced))
    remove(connection, store.key, replaced)
    log(connection, store, version, replaced)
    _insert(connection, store, list(rows.values()))


def _insert(connection: sqlite3.Connection, store: Store, rows: Sequence[tuple[IndexedChunk, bytes]]) -> None:
    (last,) = connection.execute("SELECT MAX(seq) FROM sqlite_sequence WHERE name = 'vector_chunks'").fetchone()
    numbered = [(seq, chunk, vector) for seq, (chunk, vector) in enumerate(rows, (last or 0) + 1)]
    connection.executemany(
        "INSERT INTO vector_chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((seq, store.key, c.chunk_id, c.document_id, c.position, c.text, c.payload) for seq, c, _ in numbered),
    )
    connection.executemany(
        "INSERT INTO vectors VALUES (?, ?, ?, ?)",
        ((seq, store.key, _as_json(c.attributes), vector) for seq, c, vector in numbered),
    )
    connection.executemany(
        "INSERT INTO vector_words (rowid, store, text) VALUES (?, ?, ?)",
        ((seq, store.key, words.indexed(c.text)) for seq, c, _ in numbered),
    )


def delete(connection: sqlite3.Connection, store: Store, seqs: Sequence[int]) -> int:
    if seqs:
        version = changed(connection, store, -len(seqs))
        remove(connection, store.key, seqs)
        log(connection, store, version, seqs)
    return len(seqs)


def set_attributes(
    connection: sqlite3.Connection, store: Store, document_id: str, attributes: Mapping[str, str | bool | float]
) -> None:
    seqs = seqs_of(connection, store, document_id=document_id)
    if not seqs:
        return
    text = _as_json(attributes)
    connection.executemany("UPDATE vectors SET attributes = ? WHERE seq = ?", [(text, seq) for seq in seqs])
    log(connection, store, changed(connection, store), seqs)


def seqs_of(
    connection: sqlite3.Connection,
    store: Store,
    *,
    document_id: str | None = None,
    chunk_ids: Sequence[str] | None = None,
) -> list[int]:
    """The rows of a document, or those named; with both, those of them that the document has."""
    wanted = []
    if document_id is not None:
        wanted.append(connection.execute(_BY_DOCUMENT, (store.key, document_id)))
    if chunk_ids is not None:
        wanted.append(connection.execute(_BY_ID, (store.key, json.dumps(chunk_ids))))
    found = [{seq for (seq,) in rows} for rows in wanted]
    return sorted(set.intersection(*found)) if found else []


def page(
    connection: sqlite3.Connection, store: Store, document_id: str, after: int, limit: int
) -> tuple[list[IndexedChunk], bytes]:
    """A document's chunks in their order, with their vectors."""
    query = """SELECT vector, chunk_id, document_id, position, text, attributes, payload FROM vector_rows
        WHERE store = ? AND document_id = ? AND position > ? ORDER BY position, seq LIMIT ?"""
    rows = connection.execute(query, (store.key, document_id, after, limit)).fetchall()
    return [_chunk(*row) for _, *row in rows], b"".join(vector for vector, *_ in rows)


def read(connection: sqlite3.Connection, seqs: Iterable[int]) -> dict[int, IndexedChunk]:
    """The chunks in those rows."""
    query = """SELECT seq, chunk_id, document_id, position, text, attributes, payload FROM vector_rows
        WHERE seq IN (SELECT value FROM json_each(?))"""
    return {seq: _chunk(*row) for seq, *row in connection.execute(query, (json.dumps(list(seqs)),))}


def vectors_of(connection: sqlite3.Connection, store: Store, chunk_ids: Sequence[str]) -> dict[str, bytes]:
    query = """SELECT chunk_id, vector FROM vector_rows
        WHERE store = ? AND chunk_id IN (SELECT value FROM json_each(?))"""
    return dict(connection.execute(query, (store.key, json.dumps(chunk_ids))).fetchall())


def _as_json(attributes: Mapping[str, str | bool | float]) -> str:
    return json.dumps(dict(attributes), sort_keys=True, separators=(",", ":"))


def _chunk(chunk_id: str, document_id: str, position: int, text: str, attributes: str, payload: bytes) -> IndexedChunk:
    return IndexedChunk(chunk_id, document_id, position, text, json.loads(attributes), payload)
