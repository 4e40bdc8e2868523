"""What happened to a store since somebody last looked, a page at a time.

Pages may be read in different transactions: what was changed in between is in the log, and comes with a later page.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from .tables import Store

__all__ = ("PAGE_BYTES", "News", "news")

PAGE_BYTES = 32 << 20  # of vectors that are read at a time: other searches get their turn between


@dataclass(frozen=True, slots=True)
class News:
    """In the order in which to take it."""

    changed: Sequence[tuple[int, str]]  # rows that were known, with their new attributes
    gone: Sequence[int]
    added: Sequence[tuple[int, str, bytes]]  # seq, attributes, vector
    whole: bool  # there is no more: whoever has taken all pages knows the store's version


def news(connection: sqlite3.Connection, store: Store, version: int, last: int) -> News:
    """For who knows all changes up to that version, and all rows up to the last.

    Who knows a version before the store's `log_from` has to begin anew.
    """
    query = """SELECT DISTINCT c.seq, v.attributes FROM vector_changes AS c LEFT JOIN vectors AS v USING (seq)
        WHERE c.store = ? AND c.version > ? AND c.seq <= ?"""
    seen = connection.execute(query, (store.key, version, last)).fetchall()
    limit = max(100, PAGE_BYTES // (store.spec.dimension * 4 + 100))
    query = "SELECT seq, attributes, vector FROM vectors WHERE store = ? AND seq > ? ORDER BY seq LIMIT ?"
    added = connection.execute(query, (store.key, last, limit)).fetchall()
    return News(
        changed=[row for row in seen if row[1] is not None],
        gone=[seq for seq, attributes in seen if attributes is None],
        added=added,
        whole=len(added) < limit,
    )
