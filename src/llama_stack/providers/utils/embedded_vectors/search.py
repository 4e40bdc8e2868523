"""A search in a store that is in memory: through its graph, or past every row, whichever is sooner done."""

import numpy as np
from numpy.typing import NDArray

from ....apis.vector_io.filters import Comparison, Compound
from ....apis.vector_io.index import StoreSpec
from . import scoring
from .attributes import Mask
from .frame import Attached, Frame
from .scoring import Matrix
from .searcher import Hit

__all__ = ("search",)

_ROWS_PER_STEP = 10  # that are compared in the time that a graph takes for one step of its search
_MOST = 4  # where at least one row in so many fits, all are compared, and those that fit are picked from the scores


def search(frame: Frame, store: StoreSpec, query: bytes, limit: int, rule: Comparison | Compound | None) -> list[Hit]:
    """The nearest of the rows that fit."""
    wanted = scoring.prepared(store.metric, scoring.numbers(store, query, 1))[0]
    allowed = frame.allowed(rule)
    rows = _candidates(frame, wanted, limit, allowed)
    if rows is None:
        rows = np.flatnonzero(allowed)
    found = _scores(frame, store, wanted, rows)
    chosen = scoring.best(found, limit)
    return list(zip(frame.seqs[rows[chosen]].tolist(), found[chosen].tolist(), strict=True))


def _scores(frame: Frame, store: StoreSpec, wanted: Matrix, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    if len(rows) * _MOST < len(frame.vectors):
        return scoring.scores(store.metric, frame.vectors, wanted, rows)
    found = scoring.scores(store.metric, frame.vectors, wanted)
    return found if len(rows) == len(found) else found[rows]


def _candidates(frame: Frame, wanted: Matrix, limit: int, allowed: Mask) -> NDArray[np.int64] | None:
    """Rows among which the nearest are; None when all that are allowed have to be compared."""
    if (attached := frame.graph) is None:
        return None
    mask = _seen_by(attached, allowed)
    fitting, total = int(np.count_nonzero(mask)), len(attached.graph)
    count = min(fitting, 2 * limit + 10)  # the graph is of half precision: the last few may be in another order
    effort = max(attached.graph.effort, count) * total // max(fitting, 1)
    if fitting <= _ROWS_PER_STEP * effort:
        return None
    found = attached.graph.nearest(wanted, count, effort, None if fitting == total else mask)
    if len(found) < count:  # what fits is far from the query: the graph gave up before
        return None
    tail = np.flatnonzero(allowed[attached.end :]) + attached.end
    return np.append(attached.rows[found], tail)


def _seen_by(attached: Attached, allowed: Mask) -> Mask:
    """Which rows of the graph are allowed."""
    if attached.end == len(attached.rows):  # none is gone for good: they are the frame's first
        return allowed[: attached.end]
    return np.append(allowed, False)[attached.rows]  # -1 is the last
