"""An approximate index: faiss's HNSW graph over the rows of a store, in half precision.

It is derived from the rows, and finds candidates; their scores are taken from the rows themselves. Once it is handed
out it does not change, so that any number of searches may use it while a larger one is made.
"""

from collections.abc import Callable
from typing import Any, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from ....apis.vector_io.index import Metric, StoreSpec
from .attributes import Mask
from .scoring import Matrix
from .searcher import Shape

__all__ = ("Graph",)

_BATCH = 500  # rows that are added at a time: between two batches a builder may be stopped
Stopped = Callable[[], bool]

_METRICS: dict[Metric, int] = {
    "cosine": faiss.METRIC_INNER_PRODUCT,
    "dot": faiss.METRIC_INNER_PRODUCT,
    "l2": faiss.METRIC_L2,
}


class Graph:
    """Rows by their number, in the order in which they were added; `seqs` says which rows these are."""

    def __init__(self, index: Any, seqs: NDArray[np.int64], effort: int = 64) -> None:
        self.index, self.seqs = index, seqs
        self.effort = effort  # how many rows a search looks at, unless it needs more

    @classmethod
    def empty(cls, store: StoreSpec, shape: Shape) -> "Graph":
        kind = faiss.ScalarQuantizer.QT_fp16
        index = faiss.IndexHNSWSQ(store.dimension, kind, shape.links, _METRICS[store.metric])
        index.hnsw.efConstruction = shape.effort
        index.train(np.zeros((1, store.dimension), np.float32))  # half precision has nothing to learn
        return cls(index, np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.seqs)

    @property
    def nbytes(self) -> int:
        return len(self) * int(self.index.d * 2 + self.index.hnsw.nb_neighbors(0) * 5 + 8)

    def extended(
        self, rows: Matrix, places: NDArray[np.int64], seqs: NDArray[np.int64], stopped: Stopped
    ) -> Self | None:
        """A graph of the rows at these places too; None when it was stopped before all were in."""
        faiss.omp_set_num_threads(1)  # of this thread: the other processors are for those who search
        index = faiss.clone_index(self.index)
        for start in range(0, len(places), _BATCH):
            if stopped():
                return None
            index.add(rows[places[start : start + _BATCH]])
        return type(self)(index, np.append(self.seqs, seqs[places]), self.effort)

    def nearest(self, query: Matrix, count: int, effort: int, allowed: Mask | None) -> NDArray[np.int64]:
        """Candidates among the allowed rows, by number."""
        parameters = faiss.SearchParametersHNSW(efSearch=max(effort, count))
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            parameters.sel = selector = faiss.IDSelectorBitmap(bits)
            assert selector is not None  # kept until the search is done
        _, found = self.index.search(query[None], count, params=parameters)
        return np.asarray(found[0][found[0] >= 0], np.int64)

    def dumped(self) -> NDArray[np.uint8]:
        return np.asarray(faiss.serialize_index(self.index), np.uint8)

    @classmethod
    def loaded(cls, data: NDArray[np.uint8], seqs: NDArray[np.int64], effort: int) -> "Graph":
        return cls(faiss.deserialize_index(data), seqs, effort)
