"""Large stores: their graphs find what is near, keep up, are kept in files, and are dispensable."""

import fcntl
import logging
from pathlib import Path

import numpy as np
import pytest

from llama_stack.apis.vector_io.filters import Comparison
from llama_stack.apis.vector_io.index import StoreSpec
from llama_stack.providers.inline.vector_io.sqlite import Sqlite
from llama_stack.providers.utils.embedded_vectors import builder, calibration
from llama_stack.providers.utils.embedded_vectors.frame import Frame
from tests.unit.providers.utils.embedded_vectors.support import (
    DIMENSION,
    STORE,
    clustered,
    fill,
    held,
    index,
    nearest,
    overlap,
    until,
)

pytestmark = pytest.mark.anyio

COUNT = 3000
FROM = 1000  # chunks
TENTH = Comparison(type="eq", key="tenth", value=True)
MOST = Comparison(type="gte", key="n", value=300)


def has_graph(frame: Frame) -> bool:
    return frame.graph is not None


def covers(rows: int) -> bool:
    return lambda frame: frame.graph is not None and len(frame.graph.graph) >= rows


async def recall(index: Sqlite, vectors: np.ndarray, rule: Comparison | None, among: np.ndarray | None) -> float:
    queries = clustered(20, seed=9)
    found = [await index.search_vector(STORE, query.tobytes(), 10, rule) for query in queries]
    assert all(len(each) == 10 for each in found)
    return float(np.mean([overlap(f, nearest(vectors, q, among)) for f, q in zip(found, queries, strict=True)]))


async def test_what_is_near_is_found_through_a_graph_with_and_without_filters() -> None:
    vectors, numbers = clustered(COUNT), np.arange(COUNT)
    async with index(approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors)
        await until(stores, has_graph)
        assert await recall(stores, vectors, None, None) >= 0.95
        assert await recall(stores, vectors, TENTH, numbers % 10 == 3) >= 0.95
        assert await recall(stores, vectors, MOST, numbers >= 300) >= 0.95


async def test_changes_are_found_at_once_and_join_the_graph_later() -> None:
    vectors = clustered(COUNT)
    async with index(approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors[:2000])
        await until(stores, has_graph)
        await fill(stores, vectors[2000:2400], first=2000)
        await stores.delete_chunks(STORE, document_id="d1")
        alive = (np.arange(COUNT) // 10 != 1) & (np.arange(COUNT) < 2400)
        assert await recall(stores, vectors, None, alive) >= 0.95
        await stores.set_attributes(STORE, "d7", {"tenth": True})
        tenth = (np.arange(COUNT) % 10 == 3) & alive | (np.arange(COUNT) // 10 == 7)
        tenth[73] = True
        assert await recall(stores, vectors, TENTH, tenth) >= 0.95
        await fill(stores, vectors[2400:], first=2400)
        await until(stores, covers(COUNT - 10))
        assert await recall(stores, vectors, None, np.arange(COUNT) // 10 != 1) >= 0.95


@pytest.mark.parametrize("metric", ["dot", "l2"])
async def test_other_metrics_have_graphs_too(metric: str) -> None:
    vectors = clustered(COUNT)
    async with index(approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors, StoreSpec(STORE, DIMENSION, metric))
        await until(stores, has_graph)
        for query in clustered(10, seed=4):
            scores = vectors @ query if metric == "dot" else -np.linalg.norm(vectors - query, axis=1)
            found = await stores.search_vector(STORE, query.tobytes(), 10)
            assert found[0].score == pytest.approx(scores.max(), rel=1e-5)
            assert overlap(found, np.argsort(-scores)[:10]) >= 0.9


async def test_a_graph_is_kept_in_a_file_and_found_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = clustered(COUNT)
    async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors)
        await until(stores, has_graph)
    added: list[int] = []
    extended = builder.Graph.extended
    monkeypatch.setattr(builder.Graph, "extended", lambda *a: (added.append(len(a[2])), extended(*a))[1])
    async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
        await until(stores, has_graph)
        assert await recall(stores, vectors, None, None) >= 0.95
    assert added == [0]


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1] + b"?", lambda data: data[:50], lambda data: b"", lambda _: b"{}\n"]
)
async def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, change) -> None:
    vectors = clustered(COUNT)
    async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors)
        await until(stores, has_graph)
    (file,) = (tmp_path / "v.db-graphs").glob("*.graph")
    file.write_bytes(change(file.read_bytes()))
    async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
        await until(stores, has_graph)
        assert await recall(stores, vectors, None, None) >= 0.95


async def test_one_process_builds_and_the_others_wait_for_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "_PATIENCE_SECONDS", 0.05)
    vectors = clustered(COUNT)
    async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors)
        await stores.search_vector(STORE, vectors[0].tobytes(), 1)
        await until(stores, has_graph)
    (lock,) = (tmp_path / "v.db-graphs").glob("*.lock")
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
            for _ in range(5):
                await recall(stores, vectors, None, None)
            assert not has_graph(held(stores)[-1].frame)
            fcntl.flock(file, fcntl.LOCK_UN)
            await until(stores, has_graph)


async def test_a_store_whose_graph_finds_too_little_is_searched_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(calibration, "_ENOUGH", 1.1)
    vectors = clustered(COUNT)
    async with index(approximate_from_chunks=FROM) as stores:
        await fill(stores, vectors)
        with caplog.at_level(logging.WARNING):
            while not caplog.records:
                assert await recall(stores, vectors, None, None) == 1
        assert "no graph finds what is near" in caplog.text
        assert not has_graph(held(stores)[-1].frame)


async def test_a_deleted_stores_files_go_with_it(tmp_path: Path) -> None:
    async with index(tmp_path / "v.db", approximate_from_chunks=FROM) as stores:
        await fill(stores, clustered(COUNT))
        await until(stores, has_graph)
        await stores.delete_store(STORE)
    async with index(tmp_path / "v.db") as stores:
        while stores._purging:
            await next(iter(stores._purging))
    assert list((tmp_path / "v.db-graphs").iterdir()) == []
