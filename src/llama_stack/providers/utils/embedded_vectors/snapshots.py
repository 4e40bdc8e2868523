"""Graphs in files beside the database, so that a server that starts again, or a second one, need not build them anew.

A file is a line of JSON, the rows' numbers and faiss's own form, under a checksum: one that is damaged, or was made by
another version, is as good as none. It is named after a store's nonce, so it is never taken for another store's.
"""

import json
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from .graph import Graph
from .tables import Store

__all__ = ("Snapshots",)

_END = ".graph"
_GROWN = 1.25  # a graph is saved again when it is so many times larger than the file


class Snapshots:
    """The files of one database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, store: Store, more_than: int) -> Graph | None:
        """The graph that was saved, if it has more rows than that."""
        try:
            with self._path(store).open("rb") as file:
                head = json.loads(file.readline())
                if head.get("format") != _format(store) or head["rows"] <= more_than:
                    return None
                body = file.read()
        except (FileNotFoundError, ValueError):
            return None
        if zlib.crc32(body) != head["checksum"]:
            return None
        seqs = np.frombuffer(body, "<i8", head["rows"])
        return Graph.loaded(np.frombuffer(body, np.uint8, offset=seqs.nbytes), seqs, head["effort"])

    def save(self, store: Store, graph: Graph) -> None:
        """Keep a graph, unless there is one that is nearly as large."""
        if len(graph) < self._rows(store) * _GROWN:
            return
        seqs, data = graph.seqs.astype("<i8").tobytes(), graph.dumped().tobytes()
        checksum = zlib.crc32(data, zlib.crc32(seqs))
        head = {"format": _format(store), "rows": len(graph), "effort": graph.effort, "checksum": checksum}
        path = self._path(store)
        draft = path.with_suffix(f".{os.getpid()}")
        self._folder.mkdir(exist_ok=True)
        with draft.open("wb") as file:
            file.writelines((json.dumps(head).encode(), b"\n", seqs, data))
        draft.replace(path)

    def _rows(self, store: Store) -> int:
        try:
            with self._path(store).open("rb") as file:
                return int(json.loads(file.readline())["rows"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return 0

    def _path(self, store: Store) -> Path:
        return self._folder / f"{store.nonce}{_END}"

    @contextmanager
    def claim(self, store: Store) -> Iterator[bool]:
        """Whether this process is the one that builds the store's graph now."""
        if sys.platform == "win32":  # several processes may then build the same one
            yield True
            return
        import fcntl

        self._folder.mkdir(exist_ok=True)
        with (self._folder / f"{store.nonce}.lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def _format(store: Store) -> list[Any]:
    return [1, faiss.__version__, store.spec.metric, store.spec.dimension]
