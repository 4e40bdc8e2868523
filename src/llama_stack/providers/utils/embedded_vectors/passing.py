"""A search past the rows of a store that has no room in memory: a page at a time, and forgotten."""

import json
import sqlite3
from collections.abc import Iterator

import numpy as np

from ....apis.vector_io.filters import Comparison, Compound, matches
from . import scoring
from .searcher import Hit
from .tables import Store

__all__ = ("pass_by",)

_ROWS = 5_000  # of a page


def pass_by(
    connection: sqlite3.Connection, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None
) -> list[Hit]:
    """The nearest of the rows that fit."""
    metric, found = store.spec.metric, list[Hit]()
    wanted = scoring.prepared(metric, scoring.numbers(store.spec, query, 1))[0]
    for page in _pages(connection, store):
        fitting = [(seq, vector) for seq, attributes, vector in page if matches(rule, json.loads(attributes))]
        rows = np.frombuffer(b"".join(vector for _, vector in fitting), "<f4").reshape(-1, store.spec.dimension)
        scores = scoring.scores(metric, scoring.prepared(metric, rows), wanted)
        found += [(fitting[place][0], float(scores[place])) for place in scoring.best(scores, limit)]
        found = sorted(found, key=lambda hit: -hit[1])[:limit]
    return found


def _pages(connection: sqlite3.Connection, store: Store) -> Iterator[list[tuple[int, str, bytes]]]:
    query = "SELECT seq, attributes, vector FROM vectors WHERE store = ? ORDER BY seq"
    rows = connection.execute(query, (store.key,))
    while page := rows.fetchmany(_ROWS):
        yield page
