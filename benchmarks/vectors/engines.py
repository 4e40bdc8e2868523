"""Who is measured: each takes the rows in, and is asked for the nearest, among all or in one category."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from typing_extensions import override

from .data import DIMENSION, NEAREST, Corpus

__all__ = ("ENGINES", "OURS", "Engine")

OURS = "llama-stack"


class Engine(Protocol):
    """Opened empty in a folder. A search is a coroutine function; engines that block run in threads."""

    async def fill(self, corpus: Corpus) -> None: ...

    async def search(self, query: Any, category: int | None) -> Sequence[int]: ...


class LlamaStack(Engine):
    """`inline::sqlite` as it comes, through the contract of every vector index: whole chunks come back."""

    def __init__(self, folder: Path) -> None:
        from llama_stack.providers.inline.vector_io.sqlite import Sqlite
        from llama_stack.providers.utils.embedded_vectors.config import EmbeddedConfig

        self._place = folder / "vectors.db"
        self._index = Sqlite(EmbeddedConfig(db_path=self._place), "bench")

    @override
    async def fill(self, corpus: Corpus) -> None:
        from llama_stack.apis.vector_io.index import IndexedChunk, StoreSpec

        await self._index.__aenter__()
        await self._index.create_store(StoreSpec("vs_0", DIMENSION))
        for start in range(0, len(corpus.rows), 500):
            categories = enumerate(corpus.categories[start : start + 500].tolist(), start)
            chunks = [IndexedChunk(str(n), f"d{n // 20}", n % 20, f"Chunk {n}", {"c": float(c)}) for n, c in categories]
            await self._index.upsert("vs_0", chunks, np.ascontiguousarray(corpus.rows[start : start + 500]).tobytes())
        await self.search(corpus.queries[0], None)
        if len(corpus.rows) >= 20_000:
            await asyncio.to_thread(self._wait_for_the_graph)

    def _wait_for_the_graph(self) -> None:
        """It is made beside the searches, and in a file when it is done."""
        while not list(self._place.parent.glob("*-graphs/*.graph")):
            time.sleep(0.5)

    @override
    async def search(self, query: Any, category: int | None) -> Sequence[int]:
        from llama_stack.apis.vector_io.filters import Comparison

        rule = None if category is None else Comparison(type="eq", key="c", value=category)
        return [int(hit.chunk.chunk_id) for hit in await self._index.search_vector("vs_0", query.tobytes(), 10, rule)]


class Blocking(Engine):
    """Base of the engines that are called in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @override
    async def fill(self, corpus: Corpus) -> None:
        await asyncio.to_thread(self.take, corpus)

    @override
    async def search(self, query: Any, category: int | None) -> Sequence[int]:
        return await asyncio.to_thread(self.find, query, category)

    def take(self, corpus: Corpus) -> None:
        raise NotImplementedError

    def find(self, query: Any, category: int | None) -> Sequence[int]:
        raise NotImplementedError


class Numpy(Blocking):
    """A product with the whole matrix; with a filter, with the rows that fit."""

    @override
    def take(self, corpus: Corpus) -> None:
        self._rows, self._categories = np.array(corpus.rows), corpus.categories

    @override
    def find(self, query: Any, category: int | None) -> Sequence[int]:
        among = None if category is None else np.flatnonzero(self._categories == category)
        scores = (self._rows if among is None else self._rows[among]) @ query
        best = np.argpartition(scores, -NEAREST)[-NEAREST:]
        return (best if among is None else among[best]).tolist()


class Faiss(Blocking):
    """An index in memory; a filter is a bitmap that the search looks at."""

    def make(self, faiss: Any) -> tuple[Any, Any]:
        """The index, and the parameters of a search."""
        return faiss.IndexFlatIP(DIMENSION), faiss.SearchParameters

    @override
    def take(self, corpus: Corpus) -> None:
        import faiss

        self._faiss = faiss
        self._index, self._parameters = self.make(faiss)
        for start in range(0, len(corpus.rows), 10_000):
            self._index.add(np.ascontiguousarray(corpus.rows[start : start + 10_000]))
        self._categories = corpus.categories

    @override
    def find(self, query: Any, category: int | None) -> Sequence[int]:
        parameters = self._parameters()
        if category is not None:
            bits = np.packbits(self._categories == category, bitorder="little")
            parameters = self._parameters(sel=self._faiss.IDSelectorBitmap(bits))
        return self._index.search(query[None], NEAREST, params=parameters)[1][0].tolist()


class FaissHnsw(Faiss):
    """faiss's graph with 16 links, 80 candidates while it is built and 64 in a search."""

    @override
    def make(self, faiss: Any) -> tuple[Any, Any]:
        index = faiss.IndexHNSWFlat(DIMENSION, 16, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = 80
        return index, lambda **given: faiss.SearchParametersHNSW(efSearch=64, **given)


class SqliteVec(Blocking):
    """sqlite-vec's own table in a file, with a column to filter by; a connection for each thread."""

    @override
    def take(self, corpus: Corpus) -> None:
        import threading

        self._own = threading.local()
        connection = self._connection()
        columns = f"id INTEGER PRIMARY KEY, vector FLOAT[{DIMENSION}] distance_metric=cosine, c INTEGER"
        connection.execute(f"CREATE VIRTUAL TABLE v USING vec0({columns})")
        with connection:
            rows = zip(range(len(corpus.rows)), corpus.rows, corpus.categories.tolist(), strict=True)
            connection.executemany("INSERT INTO v VALUES (?, ?, ?)", ((n, v.tobytes(), c) for n, v, c in rows))

    @override
    def find(self, query: Any, category: int | None) -> Sequence[int]:
        statement = "SELECT id FROM v WHERE vector MATCH ? AND k = ?" + (" AND c = ?" if category is not None else "")
        values = (query.tobytes(), NEAREST, *([category] if category is not None else []))
        return [row[0] for row in self._connection().execute(statement, values)]

    def _connection(self) -> Any:
        import apsw
        import sqlite_vec

        if not hasattr(self._own, "connection"):
            connection = self._own.connection = apsw.Connection(str(self.folder / "vec.db"))
            connection.enable_load_extension(True)
            connection.load_extension(sqlite_vec.loadable_path())
            connection.execute("PRAGMA journal_mode = WAL")
        return self._own.connection


class Chroma(Blocking):
    """Chroma in a folder, its graph as it comes but for the cosine."""

    @override
    def take(self, corpus: Corpus) -> None:
        import chromadb
        from chromadb.config import Settings

        client = chromadb.PersistentClient(str(self.folder), Settings(anonymized_telemetry=False))
        self._collection = client.create_collection("bench", configuration={"hnsw": {"space": "cosine"}})
        for start in range(0, len(corpus.rows), 2_000):
            places = range(start, min(start + 2_000, len(corpus.rows)))
            self._collection.add(
                ids=[str(n) for n in places],
                embeddings=np.ascontiguousarray(corpus.rows[places.start : places.stop]),
                metadatas=[{"c": int(corpus.categories[n])} for n in places],
            )

    @override
    def find(self, query: Any, category: int | None) -> Sequence[int]:
        where = None if category is None else {"c": category}
        found = self._collection.query(query_embeddings=query[None], n_results=NEAREST, where=where, include=[])
        return [int(name) for name in found["ids"][0]]


ENGINES: dict[str, Callable[[Path], Engine]] = {
    OURS: LlamaStack,
    "numpy": Numpy,
    "faiss flat": Faiss,
    "faiss HNSW": FaissHnsw,
    "sqlite-vec": SqliteVec,
    "chroma": Chroma,
}
