"""Search in memory, over as many stores as fit."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from ....apis.vector_io.filters import Comparison, Compound
from .frame import Frame, Held, frame_bytes
from .passing import pass_by
from .search import search
from .searcher import Hit, Searcher
from .tables import Store

if TYPE_CHECKING:  # with it faiss, which small stores do without
    from .builder import Builder

__all__ = ("InMemory",)


_FEW = 10_000  # rows: sooner read than looked up one by one


class InMemory(Searcher):
    """Holds stores that are searched; the longest unused make room for others. Large ones get a graph.

    A store that has no room by itself is read anew for each search.

    `builder` is asked for when there is a store of `from_rows` rows.
    """

    def __init__(self, cache_bytes: int, from_rows: int | None, builder: "Callable[[int], Builder]") -> None:
        self._cache_bytes, self._from, self._make = cache_bytes, from_rows, builder
        self._stores: OrderedDict[int, Held] = OrderedDict()
        self._guard = threading.Lock()
        self._builder: Builder | None = None

    @override
    def nearest(
        self, connection: sqlite3.Connection, store: Store, query: bytes, limit: int, rule: Comparison | Compound | None
    ) -> list[Hit] | None:
        if frame_bytes(store) > self._cache_bytes:
            return pass_by(connection, store, query, limit, rule)
        frame = self._frame(connection, store)
        return None if frame is None else search(frame, store.spec, query, limit, rule)

    @override
    def fitting(
        self, connection: sqlite3.Connection, store: Store, rule: Comparison | Compound
    ) -> Callable[[int], bool] | None:
        at_hand = store.key in self._stores or store.chunks <= _FEW
        frame = self._frame(connection, store) if at_hand and frame_bytes(store) <= self._cache_bytes else None
        if frame is None:
            return None
        allowed = frame.allowed(rule)
        if np.count_nonzero(allowed) * 2 < len(allowed):
            return set(frame.seqs[allowed].tolist()).__contains__
        refused = set(frame.seqs[~allowed].tolist())
        return lambda seq: seq not in refused

    @override
    def close(self) -> None:
        if self._builder is not None:
            self._builder.close()

    def _frame(self, connection: sqlite3.Connection, store: Store) -> Frame | None:
        """The store at the version that this transaction sees; None when it is not there, or is there no more."""
        held = self._held(store)
        with held.lock:
            held.catch_up(connection, store)
            frame = held.frame
        if frame is None or frame.version != store.version:
            return None
        if self._from is not None and len(frame.seqs) >= self._from:
            self._building(self._from).see_to(store, held, frame)
        return frame

    def _held(self, store: Store) -> Held:
        with self._guard:
            held = self._stores.pop(store.key, None)
            if held is None or held.is_beyond_help(store):
                held = Held(store)
            self._stores[store.key] = held
            self._make_room(store)
            return held

    def _make_room(self, store: Store) -> None:
        needed = frame_bytes(store)
        others = [key for key in self._stores if key != store.key]
        while others and needed + sum(self._stores[key].nbytes for key in others) > self._cache_bytes:
            del self._stores[others.pop(0)]

    def _building(self, rows: int) -> "Builder":
        with self._guard:
            if self._builder is None:
                self._builder = self._make(rows)
            return self._builder
