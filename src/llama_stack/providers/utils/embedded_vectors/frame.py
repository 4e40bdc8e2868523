"""A store in memory: what a search looks at, and how it catches up with the tables."""

import sqlite3
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....apis.vector_io.filters import Comparison, Compound
from .attributes import AttributeSets, Mask
from .growing import Growing
from .scoring import Matrix, prepared
from .tables import Store

if TYPE_CHECKING:  # with it faiss, which small stores do without
    from .graph import Graph

__all__ = ("Attached", "Frame", "Held", "frame_bytes")

_PAGE_BYTES = 32 << 20  # of vectors that are read at a time: other searches get their turn between


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a store as they were at one version. It never changes, so any number of searches may use it."""

    version: int
    seqs: NDArray[np.int64]  # ascending
    vectors: Matrix  # prepared for the store's metric
    alive: Mask
    sets: NDArray[np.int32]  # the number of each row's attributes
    attributes: AttributeSets
    attribute_count: int
    graph: "Attached | None" = None

    def allowed(self, rule: Comparison | Compound | None) -> Mask:
        """The rows that are there and fit the rule."""
        if rule is None:
            return self.alive
        return self.attributes.fitting(rule, self.attribute_count)[self.sets] & self.alive


@dataclass(frozen=True, slots=True)
class Attached:
    """A graph, and where its rows are in the frame: -1 for those that are there no more."""

    graph: "Graph"
    rows: NDArray[np.int64]
    end: int  # the frame's rows from here on are not in the graph


class Held:
    """A store's rows, as far as they have been read. Who moves it forward holds its lock."""

    def __init__(self, store: Store) -> None:
        self.metric, self.dimension = store.spec.metric, store.spec.dimension
        self.version, self.last = store.version, 0  # all changes up to this version, all rows up to this one
        self._attributes = AttributeSets()
        self._seqs = Growing(np.int64, room=store.chunks)
        self._vectors = Growing(np.float32, self.dimension, room=store.chunks)
        self._sets = Growing(np.int32, room=store.chunks)
        self._alive: Mask = np.empty(0, np.bool_)
        self.lock = threading.Lock()
        self.frame: Frame | None = None
        self._graph: Attached | None = None

    @property
    def nbytes(self) -> int:
        rows = self._vectors.nbytes + self._seqs.nbytes + self._sets.nbytes + self._alive.nbytes
        return rows + (self._graph.graph.nbytes if self._graph else 0)

    def attach(self, graph: "Graph") -> None:
        """Search through a graph from now on, whose rows are all of this store's past."""
        if self.frame is not None:
            seqs = self._seqs.view
            rows = np.searchsorted(seqs, graph.seqs)
            rows[seqs[np.minimum(rows, len(seqs) - 1)] != graph.seqs] = -1
            self._graph = Attached(graph, rows, int(np.searchsorted(seqs, graph.seqs[-1], side="right")))
            self.frame = replace(self.frame, graph=self._graph)

    def is_beyond_help(self, store: Store) -> bool:
        """Whether it is cheaper, or the only way, to read all anew."""
        dead = len(self._alive) - int(np.count_nonzero(self._alive))
        wasted = dead > 1000 and dead > len(self._alive) // 3
        return wasted or self.version < store.log_from or len(self._attributes) > 2 * len(self._alive) + 10_000

    def catch_up(self, connection: sqlite3.Connection, store: Store) -> None:
        """Read a page of what is new; there is a frame of the store's version once all is read."""
        if self.frame is not None and self.frame.version == store.version:
            return
        self._see_changes(connection, store)
        if self._read_rows(connection, store):
            self.version = store.version
            self.frame = self._framed()

    def _see_changes(self, connection: sqlite3.Connection, store: Store) -> None:
        query = """SELECT DISTINCT c.seq, v.attributes FROM vector_changes AS c LEFT JOIN vectors AS v USING (seq)
            WHERE c.store = ? AND c.version > ? AND c.seq <= ?"""
        found = connection.execute(query, (store.key, self.version, self.last)).fetchall()
        if not found:
            return
        rows = np.searchsorted(self._seqs.view, [seq for seq, _ in found])
        gone = np.array([attributes is None for _, attributes in found], np.bool_)
        self._alive = self._alive.copy()  # frames that are in use keep theirs
        self._alive[rows[gone]] = False
        changed = self._attributes.numbers([attributes for _, attributes in found if attributes is not None])
        if len(changed):
            self._sets = self._sets.copy()
            self._sets.view[rows[~gone]] = changed

    def _read_rows(self, connection: sqlite3.Connection, store: Store) -> bool:
        """True when there are no more."""
        limit = max(100, _PAGE_BYTES // (self.dimension * 4 + 100))
        query = "SELECT seq, attributes, vector FROM vectors WHERE store = ? AND seq > ? ORDER BY seq LIMIT ?"
        page = connection.execute(query, (store.key, self.last, limit)).fetchall()
        if page:
            vectors = np.frombuffer(b"".join(row[2] for row in page), "<f4").reshape(len(page), self.dimension)
            self._vectors.append(prepared(self.metric, vectors))
            self._sets.append(self._attributes.numbers([row[1] for row in page]))
            self._seqs.append(np.array([row[0] for row in page], np.int64))
            self._alive = np.append(self._alive, np.ones(len(page), np.bool_))
            self.last = page[-1][0]
        return len(page) < limit

    def _framed(self) -> Frame:
        sets = self._attributes
        rows = (self._seqs.view, self._vectors.view, self._alive, self._sets.view)
        return Frame(self.version, *rows, sets, len(sets), self._graph)


def frame_bytes(store: Store) -> int:
    """What a store takes in memory, about."""
    return store.chunks * (store.spec.dimension * 4 + 13)
