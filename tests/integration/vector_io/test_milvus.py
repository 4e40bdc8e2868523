"""What only Milvus has: bounds on texts, no order, replacing an entity as a whole."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from llama_stack.apis.errors import StackError
from llama_stack.apis.vector_io.index import IndexedChunk, StoreSpec
from llama_stack.providers.inline.vector_io.milvus import InlineMilvus, InlineMilvusConfig
from llama_stack.providers.remote.vector_io.milvus import RemoteMilvus, RemoteMilvusConfig
from tests.support.milvus import milvus

pytestmark = pytest.mark.anyio


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[RemoteMilvus]:
    with milvus(tmp_path) as uri:
        async with RemoteMilvus(RemoteMilvusConfig(uri=uri), "milvus") as opened:
            await opened.create_store(StoreSpec("vs_1", 1))
            yield opened


async def test_a_text_longer_than_milvus_takes_is_kept_in_pieces(index: RemoteMilvus) -> None:
    long = IndexedChunk("a", "d", 0, "é word " * 40_000, {"big": "x" * 70_000}, b'"%s"' % (b"y" * 70_000))
    await index.upsert("vs_1", [long], b"\x00\x00\x80?")
    assert (await index.chunks_of("vs_1", "d"))[0] == [long]
    assert [each.chunk for each in await index.search_keyword("vs_1", "WORD", 1)] == [long]


async def test_positions_may_be_far_apart(index: RemoteMilvus) -> None:
    places = [0, 1, 500, 10**6, 10**12]
    chunks = [IndexedChunk(f"c{place}", "d", place, "") for place in places]
    await index.upsert("vs_1", chunks, b"\x00\x00\x80?" * 5)
    assert [each.position for each in (await index.chunks_of("vs_1", "d", limit=2))[0]] == [0, 1]
    assert [each.position for each in (await index.chunks_of("vs_1", "d", after=1, limit=2))[0]] == [500, 10**6]
    assert [each.position for each in (await index.chunks_of("vs_1", "d", after=10**6))[0]] == [10**12]


async def test_a_server_that_is_away_is_named() -> None:
    config = RemoteMilvusConfig(uri="http://127.0.0.1:9", timeout_seconds=0.2)
    logging.disable()  # pymilvus tells of it by itself as well
    try:
        async with RemoteMilvus(config, "milvus") as index:
            with pytest.raises(StackError, match=r"milvus at http://127\.0\.0\.1:9: "):
                await index.health()
    finally:
        logging.disable(logging.NOTSET)


async def test_a_folder_is_for_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "milvus.db"
    for _ in range(2):
        async with InlineMilvus(InlineMilvusConfig(db_path=path), "milvus") as index:
            await index.create_store(StoreSpec("vs_1", 1))
            assert (await index.health()).state == "ready"


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"consistency_level": "Strong"}, "remove this key"), ({"db_path": "/tmp/x"}, r"/tmp/x\.db, say")],
)
def test_what_means_nothing_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        InlineMilvusConfig.model_validate(settings)
