"""A store in memory: what a search looks at, and how it catches up with the tables."""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ....apis.vector_io.filters import Comparison, Compound
from .attributes import AttributeSets, Mask
from .growing import Growing
from .news import news
from .scoring import Matrix, prepared
from .tables import Store

if TYPE_CHECKING:  # with it faiss, which small stores do without
    from .graph import Graph

__all__ = ("Attached", "Frame", "Held", "frame_bytes")


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
        self._seen = store.version  # some rows are of this version
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
        if store.version < self._seen or (self.frame is not None and self.frame.version == store.version):
            return  # who sees less of the store than is here already has to look again
        self._seen = store.version
        found = news(connection, store, self.version, self.last)
        self._see(found.changed, found.gone)
        self._add(found.added)
        if found.whole:
            self.version = store.version
            self.frame = self._framed()

    def _see(self, changed: Sequence[tuple[int, str]], gone: Sequence[int]) -> None:
        """Take changes, in copies: frames that are in use keep theirs."""
        if gone:
            self._alive = self._alive.copy()
            self._alive[np.searchsorted(self._seqs.view, gone)] = False
        if changed:
            self._sets = self._sets.copy()
            places = np.searchsorted(self._seqs.view, [seq for seq, _ in changed])
            self._sets.view[places] = self._attributes.numbers([attributes for _, attributes in changed])

    def _add(self, rows: Sequence[tuple[int, str, bytes]]) -> None:
        if not rows:
            return
        seqs, attributes, vectors = zip(*rows, strict=True)
        self._vectors.append(prepared(self.metric, np.frombuffer(b"".join(vectors), "<f4").reshape(-1, self.dimension)))
        self._sets.append(self._attributes.numbers(attributes))
        self._seqs.append(np.array(seqs, np.int64))
        self._alive = np.append(self._alive, np.ones(len(rows), np.bool_))
        self.last = seqs[-1]

    def _framed(self) -> Frame:
        sets = self._attributes
        rows = (self._seqs.view, self._vectors.view, self._alive, self._sets.view)
        return Frame(self.version, *rows, sets, len(sets), self._graph)


def frame_bytes(store: Store) -> int:
    """What a store takes in memory, about."""
    return store.chunks * (store.spec.dimension * 4 + 13)
