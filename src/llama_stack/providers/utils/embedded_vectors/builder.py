"""Builds the graphs of large stores in a thread of its own, while searches go on without."""

import logging
import os
import sys
import threading
import time
from dataclasses import dataclass
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from .calibration import calibrate
from .frame import Frame, Held
from .graph import Graph
from .searcher import Shape
from .snapshots import Snapshots
from .tables import Store

__all__ = ("Builder",)

_PATIENCE_SECONDS = 5.0  # before asking again whether another process has built a graph

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Job:
    store: Store
    held: Held


class Builder:
    """One graph at a time. A store has one from `from_rows` rows on, and another when half as many are not in it."""

    def __init__(self, from_rows: int, shape: Shape, snapshots: Snapshots | None) -> None:
        self._from, self._shape, self._snapshots = from_rows, shape, snapshots
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._busy: set[int] = set()
        self._unfit: dict[int, int] = {}  # store → its rows when no graph of it was good enough
        self._wait_until: dict[int, float] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def see_to(self, store: Store, held: Held, frame: Frame) -> None:
        """Begin with a graph of the store if it wants one."""
        outside = len(frame.seqs) - (frame.graph.end if frame.graph else 0)
        if outside < (self._from // 2 if frame.graph else self._from) or store.key in self._busy:
            return
        if len(frame.seqs) < 2 * self._unfit.get(store.key, 0) or time.monotonic() < self._wait_until.get(store.key, 0):
            return
        self._busy.add(store.key)
        self._jobs.put(_Job(store, held))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="vector-graphs", daemon=True)
            self._thread.start()

    def close(self) -> None:
        self._stopping.set()
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        _be_nice()
        while (job := self._jobs.get()) and not self._stopping.is_set():
            try:
                self._build(job)
            except (MemoryError, OSError, RuntimeError):  # RuntimeError is what faiss raises: searches do without
                log.exception("no graph of vector store %s", job.store.spec.store_id)
                self._unfit[job.store.key] = job.store.chunks
            finally:
                self._busy.discard(job.store.key)

    def _build(self, job: _Job) -> None:
        if self._snapshots is None:
            self._extend(job)
            return
        with self._snapshots.claim(job.store) as claimed:
            if claimed:
                self._extend(job)
            else:  # another process is at it: what it makes will do for this one
                self._wait_until[job.store.key] = time.monotonic() + _PATIENCE_SECONDS

    def _extend(self, job: _Job) -> None:
        frame = job.held.frame
        assert frame is not None
        for begun in (self._begun(job.store, frame), Graph.empty(job.store.spec, self._shape)):
            graph = begun.extended(frame.vectors, _outside(begun, frame), frame.seqs, self._stopping.is_set)
            if graph is None:  # stopped
                return
            if calibrate(graph, job.store.spec.metric, frame):
                self._hand_out(job, graph)
                return
        self._unfit[job.store.key] = len(frame.seqs)
        log.warning("no graph finds what is near in vector store %s: it is compared whole", job.store.spec.store_id)

    def _begun(self, store: Store, frame: Frame) -> Graph:
        """The largest graph that is there already and is mostly of rows that are."""
        begun = frame.graph.graph if frame.graph else Graph.empty(store.spec, self._shape)
        if self._snapshots is not None:
            begun = self._snapshots.load(store, more_than=len(begun)) or begun
        left = int(np.isin(begun.seqs, frame.seqs[frame.alive], assume_unique=True).sum())
        return begun if left * 3 > len(begun) * 2 else Graph.empty(store.spec, self._shape)

    def _hand_out(self, job: _Job, graph: Graph) -> None:
        with job.held.lock:
            job.held.attach(graph)
        if self._snapshots is not None:
            self._snapshots.save(job.store, graph)


def _outside(graph: Graph, frame: Frame) -> NDArray[np.int64]:
    """The frame's rows that are to be added."""
    first = np.searchsorted(frame.seqs, graph.seqs[-1], side="right") if len(graph) else 0
    return np.asarray(first + np.flatnonzero(frame.alive[first:]), np.int64)


def _be_nice() -> None:
    """Leave the processor to those who search."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
