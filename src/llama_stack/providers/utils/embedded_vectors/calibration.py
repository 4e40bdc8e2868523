"""How hard a graph has to look to find what is there.

No setting fits all data: vectors of very different lengths, say, make graphs that lead nowhere. So a graph is asked for
what is known, before anybody relies on it.
"""

import numpy as np
from numpy.typing import NDArray

from ....apis.vector_io.index import Metric
from . import scoring
from .frame import Frame
from .graph import Graph
from .scoring import Matrix

__all__ = ("calibrate",)

_QUERIES = 40
_NEAREST = 10
_EFFORTS = (32, 64, 128, 256, 512)
_ENOUGH = 0.98  # of the nearest are found


def calibrate(graph: Graph, metric: Metric, frame: Frame) -> bool:
    """Set the graph's effort; False when none is enough."""
    present = np.flatnonzero(np.isin(graph.seqs, frame.seqs, assume_unique=True))
    rows = np.searchsorted(frame.seqs, graph.seqs[present])
    queries = _queries(metric, frame.vectors, rows)
    expected = [
        set(present[scoring.best(scoring.scores(metric, frame.vectors, query, rows), _NEAREST)].tolist())
        for query in queries
    ]
    mask = np.zeros(len(graph), np.bool_)
    mask[present] = True
    allowed = None if len(present) == len(graph) else mask
    for graph.effort in _EFFORTS:
        found = [set(graph.nearest(query, _NEAREST, graph.effort, allowed).tolist()) for query in queries]
        hits = sum(len(one & other) for one, other in zip(expected, found, strict=True))
        if hits >= _ENOUGH * sum(map(len, expected)):
            return True
    return False


def _queries(metric: Metric, vectors: Matrix, rows: NDArray[np.int64]) -> Matrix:
    """Like the rows, but none of them: each between two."""
    one, other = vectors[np.random.default_rng(0).choice(rows, (2, _QUERIES))]
    return scoring.prepared(metric, 0.7 * one + 0.3 * other)
