"""Exact search in memory, over as many stores as fit."""

import sqlite3
import threading
from collections import OrderedDict

import numpy as np
from typing_extensions import override

from ....apis.vector_io.filters import Comparison, Compound
from . import scoring
from .frame import Frame, Held, frame_bytes
from .searcher import Hit, Searcher
from .tables import Store

__all__ = ("InMemory",)


class InMemory(Searcher):
    """Holds stores that are searched; the longest unused make room for others."""

    def __init__(self, cache_bytes: int) -> None:
        self._cache_bytes = cache_bytes
        self._stores: OrderedDict[int, tuple[threading.Lock, Held]] = OrderedDict()
        self._guard = threading.Lock()

    @override
    def nearest(
        self, connection: sqlite3.Connection, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None
    ) -> list[Hit] | None:
        frame = self._frame(connection, store)
        return None if frame is None else search(frame, store, query, limit, rule)

    @override
    def close(self) -> None:
        self._stores.clear()

    def _frame(self, connection: sqlite3.Connection, store: Store) -> Frame | None:
        """The store at the version that this transaction sees; None when it is not there, or is there no more."""
        lock, held = self._held(store)
        with lock:
            held.catch_up(connection, store)
            frame = held.frame
        return frame if frame is not None and frame.version == store.version else None

    def _held(self, store: Store) -> tuple[threading.Lock, Held]:
        with self._guard:
            found = self._stores.pop(store.key, None)
            if found is None or found[1].is_beyond_help(store):
                found = threading.Lock(), Held(store)
            self._stores[store.key] = found
            self._make_room(store)
            return found

    def _make_room(self, store: Store) -> None:
        needed = frame_bytes(store)
        others = [key for key in self._stores if key != store.key]
        while others and needed + sum(held.nbytes for _, held in self._stores.values()) > self._cache_bytes:
            del self._stores[others.pop(0)]


def search(frame: Frame, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None) -> list[Hit]:
    """Compare with every row that fits."""
    metric = store.spec.metric
    wanted = scoring.prepared(metric, scoring.numbers(store.spec, query, 1))[0]
    rows = np.flatnonzero(frame.allowed(rule))
    if len(rows) == len(frame.seqs):
        found = scoring.scores(metric, frame.vectors, wanted)
    else:
        found = scoring.scores(metric, frame.vectors, wanted, rows)
    chosen = scoring.best(found, limit)
    seqs = frame.seqs[rows[chosen]]
    return list(zip(seqs.tolist(), found[chosen].tolist(), strict=True))
