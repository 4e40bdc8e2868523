"""What is in memory follows the file, takes no more room than it may, and is never the truth."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llama_stack.apis.vector_io.filters import Comparison
from llama_stack.apis.vector_io.index import StoreSpec
from llama_stack.providers.inline.vector_io.sqlite_vec import SqliteVec
from llama_stack.providers.utils.embedded_vectors import keywords, memory, news, passing, tables
from llama_stack.providers.utils.embedded_vectors.config import TableConfig
from tests.unit.providers.utils.embedded_vectors.support import (
    DIMENSION,
    SPEC,
    STORE,
    chunks,
    clustered,
    fill,
    held,
    index,
    nearest,
    overlap,
)

pytestmark = pytest.mark.anyio

WRITER = """
import asyncio, pathlib, sys
from tests.unit.providers.utils.embedded_vectors.support import SPEC, STORE, chunks, clustered, index

async def main(place, first):
    async with index(pathlib.Path(place)) as stores:
        await stores.create_store(SPEC)
        for n in range(first, first + 100_000, 3):
            await stores.upsert(STORE, chunks(3, n), clustered(3, n).tobytes())
            print(n, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def writer(place: Path, first: int = 0) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", WRITER, str(place), str(first)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def sqlite_vec(place: Path) -> SqliteVec:
    return SqliteVec(TableConfig(db_path=place), "here")


async def ids(stores: Any) -> set[int]:
    found = await stores.search_vector(STORE, clustered(1).tobytes(), 1_000_000)
    return {int(each.chunk.chunk_id) for each in found}


async def test_kill_9_loses_nothing_that_was_acknowledged_and_leaves_nothing_by_halves(tmp_path: Path) -> None:
    with writer(tmp_path / "v.db") as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(40)]
        child.kill()
        acknowledged += map(int, child.stdout.read().split())
    async with index(tmp_path / "v.db") as stores:
        found = await ids(stores)
        assert found >= {first + n for first in acknowledged for n in range(3)}
        assert len(found) % 3 == 0
        assert await stores.count(STORE) == len(found)
        for n in (0, max(found)):
            (by_word,) = await stores.search_keyword(STORE, f"word{n}", 5)
            assert by_word.chunk.chunk_id == str(n)


async def test_what_another_process_writes_is_found_by_the_next_search(tmp_path: Path) -> None:
    async with index(tmp_path / "v.db") as stores:
        await stores.create_store(SPEC)
        with writer(tmp_path / "v.db", 5000) as child:
            assert child.stdout is not None
            for _ in range(10):
                first = int(await asyncio.to_thread(child.stdout.readline))
                assert await ids(stores) >= {first, first + 1, first + 2}
            child.kill()


async def test_who_is_too_far_behind_reads_all_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_LOG_ROWS", 15)
    async with index(tmp_path / "v.db") as one, index(tmp_path / "v.db") as other:
        await fill(one, clustered(100))
        assert await ids(other) == set(range(100))
        for document in range(5):
            await one.delete_chunks(STORE, document_id=f"d{document}")
        assert await ids(other) == set(range(50, 100))
        await one.set_attributes(STORE, "d5", {"new": True})
        found = await other.search_vector(
            STORE, clustered(1).tobytes(), 50, Comparison(type="eq", key="new", value=True)
        )
        assert len(found) == 10


async def test_rows_that_are_gone_do_not_stay_in_memory_for_ever() -> None:
    async with index() as stores:
        await fill(stores, clustered(4000))
        await ids(stores)
        for document in range(300):
            await stores.delete_chunks(STORE, document_id=f"d{document}")
            await stores.search_vector(STORE, clustered(1).tobytes(), 1)
        assert await ids(stores) == set(range(3000, 4000))
        assert len(held(stores)[0].frame.seqs) < 3000


async def test_stores_make_room_for_each_other() -> None:
    one, other, third = (StoreSpec(f"vs_{n}", DIMENSION) for n in range(3))
    room = 2 * 1000 * (DIMENSION * 4 + 13) + 100
    async with index(cache_bytes=room) as stores:
        for spec in (one, other, third):
            await fill(stores, clustered(1000), spec)
        for spec in (one, other, one, third, one):
            assert len(await stores.search_vector(spec.store_id, clustered(1).tobytes(), 5)) == 5
        assert len(held(stores)) == 2


async def test_a_store_without_room_is_searched_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "_ROWS", 300)
    vectors = clustered(1000)
    async with index(cache_bytes=1000) as stores:
        await fill(stores, vectors)
        for query in clustered(3, seed=5):
            found = await stores.search_vector(STORE, query.tobytes(), 10)
            assert overlap(found, nearest(vectors, query)) == 1
            rule = Comparison(type="lt", key="n", value=100)
            few = await stores.search_vector(STORE, query.tobytes(), 10, rule)
            assert overlap(few, nearest(vectors, query, np.arange(1000) < 100)) == 1
        assert held(stores) == []


async def test_a_deleted_store_is_purged_bit_by_bit_and_later_if_need_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_PURGED_AT_ONCE", 100)
    async with index(tmp_path / "v.db") as stores:
        await fill(stores, clustered(1000))
        assert await stores.delete_store(STORE)  # and closed before much is purged
    async with index(tmp_path / "v.db") as stores:
        await fill(stores, clustered(20))
        while stores._purging:
            await next(iter(stores._purging))
        left = await stores._db.read(lambda c: c.execute("SELECT COUNT(*) FROM vectors").fetchall())
        assert left == [(20,)]
        assert await ids(stores) == set(range(20))
        (found,) = await stores.search_keyword(STORE, "word3", 5)
        assert found.chunk.chunk_id == "3"


async def test_searches_go_on_while_a_large_store_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llama_stack.providers.utils.embedded_vectors.news.PAGE_BYTES", 100 * (DIMENSION * 4 + 100))
    async with index() as stores:
        await fill(stores, clustered(2000))
        found = await asyncio.gather(*(ids(stores) for _ in range(20)))
        assert all(each == set(range(2000)) for each in found)


def test_nothing_heavy_is_imported_before_there_is_something_to_search() -> None:
    program = """
import asyncio, sys
from llama_stack.apis.vector_io.index import StoreSpec
from llama_stack.providers.inline.vector_io.sqlite import Sqlite
from llama_stack.providers.utils.embedded_vectors.config import EmbeddedConfig

async def main():
    async with Sqlite(EmbeddedConfig(), "here") as stores:
        await stores.create_store(StoreSpec("vs_0", 3))
        print(await stores.search_keyword("vs_0", "word", 3), sorted({"numpy", "faiss"} & sys.modules.keys()))

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] []\n"


@pytest.mark.parametrize("in_memory", [False, True])
async def test_words_that_most_chunks_hold_do_not_hide_the_others(
    monkeypatch: pytest.MonkeyPatch, in_memory: bool
) -> None:
    monkeypatch.setattr(keywords, "_MANY", 50)
    monkeypatch.setattr(memory, "_FEW", 1000 * in_memory)
    async with index() as stores:
        await stores.create_store(SPEC)
        texts = [f"the {'long' if n % 2 else 'short'} river {'axolotl' if n % 40 == 1 else ''}" for n in range(200)]
        given = [replace(chunk, text=text) for chunk, text in zip(chunks(200), texts, strict=True)]
        await stores.upsert(STORE, given, clustered(200).tobytes())

        async def names(text: str, limit: int, rule: Comparison | None = None) -> list[int]:
            return [int(found.chunk.chunk_id) for found in await stores.search_keyword(STORE, text, limit, rule)]

        assert await names("where is the axolotl?", 5) == [1, 41, 81, 121, 161]
        assert await names("the axolotl", 7) == [1, 41, 81, 121, 161, 0, 2]
        assert len(await names("the long river", 500)) == 200
        assert await names("the axolotl", 2, Comparison(type="gt", key="n", value=100)) == [121, 161]
        assert await names("the axolotl", 3, Comparison(type="gt", key="n", value=160)) == [161, 162, 163]
        assert await names("the axolotl", 2, Comparison(type="lt", key="n", value=3)) == [1, 0]


@pytest.mark.parametrize("kind", [index, sqlite_vec])
async def test_a_search_sees_whole_writes_however_it_catches_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Callable[[Path], Any]
) -> None:
    monkeypatch.setattr(news, "PAGE_BYTES", 100 * (DIMENSION * 4 + 100))
    vectors = clustered(300)

    async def write(stores: Any, first: int) -> None:
        for n in range(first, 300, 30):  # these come, and go again, by threes
            await stores.upsert(STORE, chunks(3, n), vectors[n : n + 3].tobytes())
            await stores.set_attributes(STORE, f"d{n // 10}", {"changed": True})
            await stores.upsert(STORE, chunks(3, n), vectors[n : n + 3].tobytes())
            await stores.delete_chunks(STORE, chunk_ids=[str(n + i) for i in range(3) if n % 2])

    async with kind(tmp_path / "v.db") as one, kind(tmp_path / "v.db") as other:
        await fill(one, clustered(900, seed=2), first=1000)
        writing = asyncio.gather(*(write(each, first) for each in (one, other) for first in range(0, 30, 3)))
        while not writing.done():
            for found in await asyncio.gather(*(ids(each) for each in (one, other, one))):
                changing = {n for n in found if n < 1000}
                assert all({n - n % 3 + i for i in range(3)} <= changing for n in changing)
                assert len(found - changing) == 900
        await writing
        assert await ids(one) == await ids(other)
