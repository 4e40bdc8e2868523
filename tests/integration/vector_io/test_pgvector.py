"""What only pgvector has: an extension to be found, indexes of two kinds, dimensions beyond their reach."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from struct import pack
from typing import Any

import asyncpg
import pytest
from pydantic import ValidationError

from llama_stack.apis.errors import BadRequestError, StackError, UnavailableError
from llama_stack.apis.vector_io.filters import Comparison
from llama_stack.apis.vector_io.index import IndexedChunk, StoreSpec
from llama_stack.providers.remote.vector_io.pgvector.config import PgvectorConfig
from llama_stack.providers.remote.vector_io.pgvector.provider import Pgvector
from tests.support.services import pgvector, postgres

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def opened(**settings: Any) -> AsyncIterator[Pgvector]:
    async with pgvector() as url, Pgvector(config(url=url, **settings), "pgvector") as index:
        yield index


def config(**settings: Any) -> PgvectorConfig:
    return PgvectorConfig.model_validate(settings)


async def filled(index: Pgvector, store: StoreSpec, size: int) -> list[list[float]]:
    chance = random.Random(5)
    vectors = [[chance.gauss(0, 1) for _ in range(store.dimension)] for _ in range(size)]
    await index.create_store(store)
    chunks = [IndexedChunk(f"c{n}", f"d{n}", 0, f"text {n}", {"even": n % 2 == 0}) for n in range(size)]
    await index.upsert(store.store_id, chunks, b"".join(pack(f"<{len(v)}f", *v) for v in vectors))
    return vectors


async def indexes(index: Pgvector) -> list[str]:
    rows = await index.db.rows("SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname")
    return [row["indexdef"].partition(" USING ")[2] for row in rows]


async def test_without_a_database_it_waits_for_one() -> None:
    async with Pgvector(config(db=None), "pgvector") as index:
        health = await index.health()
        assert (health.state, health.reason) == ("unconfigured", "set PGVECTOR_DB, or url in its config")
        with pytest.raises(UnavailableError, match="set PGVECTOR_DB"):
            await index.list_stores()


async def test_a_server_that_is_away_is_named_with_what_to_do() -> None:
    async with Pgvector(config(db="x", host="127.0.0.1", port=9), "pgvector") as index:
        with pytest.raises(UnavailableError, match=r"postgres@127\.0\.0\.1:9/x: .*check that the server runs"):
            await index.health()


async def test_a_server_without_the_extension_is_told_where_it_is() -> None:
    async with postgres() as url, Pgvector(config(url=url), "pgvector") as index:
        if await index.db.rows("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"):
            pytest.skip("this PostgreSQL has pgvector")
        with pytest.raises(UnavailableError, match="install pgvector on the server"):
            await index.list_stores()


async def test_the_extension_may_be_in_another_schema() -> None:
    async with pgvector() as elsewhere, pgvector() as url:
        connection: Any = await asyncpg.connect(elsewhere)
        await connection.execute("CREATE EXTENSION vector")
        await connection.close()
        async with Pgvector(config(url=url), "pgvector") as index:
            await filled(index, StoreSpec("vs_1", 3), 5)
            assert len(await index.search_vector("vs_1", pack("<3f", 1, 0, 0), 9)) == 5


async def test_hnsw_is_there_from_the_start() -> None:
    async with opened(vector_index={"type": "HNSW", "m": 8, "ef_construction": 32}) as index:
        await index.create_store(StoreSpec("vs_1", 3, "dot"))
        assert any(each.startswith("hnsw (embedding vector_ip_ops) WITH (m='8'") for each in await indexes(index))


async def test_ivfflat_waits_for_something_to_learn_from() -> None:
    async with opened(vector_index={"type": "IVFFlat", "lists": 4, "probes": 3}) as index:
        vectors = await filled(index, StoreSpec("vs_1", 8), 199)
        assert not any(each.startswith("ivfflat") for each in await indexes(index))
        await index.upsert("vs_1", [IndexedChunk("last", "d", 0, "")], pack("<8f", *vectors[7]))
        assert any(each.startswith("ivfflat") for each in await indexes(index))
        rule = Comparison(type="eq", key="even", value=False)
        found = await index.search_vector("vs_1", pack("<8f", *vectors[7]), 1000, rule)
        assert (found[0].chunk.chunk_id, len(found)) == ("c7", 99)


@pytest.mark.parametrize(("dimension", "kind"), [(2001, "halfvec_cosine_ops"), (4001, None)])
async def test_long_vectors_are_found_too(dimension: int, kind: str | None) -> None:
    async with opened() as index:
        vectors = await filled(index, StoreSpec("vs_1", dimension), 30)
        made = [each for each in await indexes(index) if each.startswith("hnsw")]
        assert [kind in each for each in made] == [True] if kind else made == []
        found = await index.search_vector("vs_1", pack(f"<{dimension}f", *vectors[3]), 4)
        assert (found[0].chunk.chunk_id, len(found)) == ("c3", 4)
        assert found[0].score == pytest.approx(1)


async def test_a_vector_may_be_too_long() -> None:
    async with opened() as index:
        with pytest.raises(BadRequestError, match="up to 16000 dimensions"):
            await index.create_store(StoreSpec("vs_1", 16001))


async def test_an_index_finds_what_fits_behind_much_that_does_not() -> None:
    async with opened() as index:
        store = StoreSpec("vs_1", 2)
        await index.create_store(store)
        near = [IndexedChunk(f"n{n}", "near", n, "") for n in range(2000)]
        far = [IndexedChunk(f"f{n}", "far", n, "", {"wanted": True}) for n in range(3)]
        await index.upsert("vs_1", near, b"".join(pack("<2f", 1, n / 1e5) for n in range(2000)))
        await index.upsert("vs_1", far, pack("<6f", 0, 1, -1, 1, -1, 0))
        wanted = Comparison(type="eq", key="wanted", value=True)
        found = await index.search_vector("vs_1", pack("<2f", 1, 0), 2, wanted)
        assert [each.chunk.chunk_id for each in found] == ["f0", "f1"]


async def test_failed_work_leaves_nothing_behind() -> None:
    async with opened() as index:
        await index.create_store(StoreSpec("vs_1", 2))
        bad = [IndexedChunk("a", "d", 0, "fine"), IndexedChunk("b", "d", 1, "not", {"x": "\0"})]
        with pytest.raises(BadRequestError, match="NUL"):
            await index.upsert("vs_1", bad, pack("<4f", 1, 0, 0, 1))
        with pytest.raises(StackError, match="storage"):
            await index.upsert("vs_1", [IndexedChunk("a", "d", 2**63, "")], pack("<2f", 1, 0))
        assert await index.count("vs_1") == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"persistence": {"backend": "kv"}}, "persistence.*remove this key"),
        ({"distance_metric": "COSINE"}, "each vector store has a metric"),
        ({"vector_index": {"type": "HNSW", "m": 40}}, "at least twice m"),
        ({"vector_index": {"type": "IVFFlat", "lists": 5, "probes": 5}}, "less than lists"),
        ({"vector_index": {"type": "IVFFlat", "m": 5}}, "Extra inputs"),
        ({"url": "postgresql://h/d", "host": "other"}, "either a url or host"),
    ],
)
def test_what_means_nothing_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=rf"(?s){said}"):
        config(**settings)
