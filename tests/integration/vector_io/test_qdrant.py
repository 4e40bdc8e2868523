"""Where a Qdrant server is, in the words of its client; and what is asked of it besides."""

import gc
from typing import Any

import pytest
from pydantic import ValidationError

from llama_stack.apis.errors import StackError
from llama_stack.apis.vector_io.index import IndexedChunk, StoreSpec
from llama_stack.providers.inline.vector_io.qdrant import InlineQdrant, InlineQdrantConfig
from llama_stack.providers.remote.vector_io.qdrant import RemoteQdrant, RemoteQdrantConfig
from tests.support.qdrant import qdrant

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"url": "http://q:6333/"}, "http://q:6333/"),
        ({"location": "http://q"}, "http://q"),
        ({"host": "q"}, "http://q:6333"),
        ({"host": "q", "port": 80, "https": True}, "https://q:80"),
        ({"host": "q", "api_key": "x"}, "https://q:6333"),
        ({"host": "q", "prefix": "/vectors/"}, "http://q:6333/vectors"),
        ({}, None),
    ],
)
def test_an_address_may_be_given_in_parts(settings: dict[str, Any], address: str | None) -> None:
    assert RemoteQdrantConfig.model_validate(settings).address == address


def test_seconds_to_wait_have_two_names() -> None:
    assert RemoteQdrantConfig(timeout=7).patience.read_timeout_seconds == 7


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"location": ":memory:"}, "choose inline::qdrant"),
        ({"prefer_grpc": False}, "only the REST API: remove this key"),
        ({"grpc_port": 6334}, "only the REST API: remove this key"),
    ],
)
def test_what_means_nothing_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        RemoteQdrantConfig.model_validate(settings)


async def test_a_server_may_want_a_key() -> None:
    async with qdrant(api_key="open sesame") as url:
        async with RemoteQdrant(
            RemoteQdrantConfig.model_validate({"url": url, "api_key": "open sesame"}), "q"
        ) as index:
            await index.create_store(StoreSpec("vs_1", 2))
            assert (await index.health()).state == "ready"
        async with RemoteQdrant(RemoteQdrantConfig(url=url), "q") as index:
            with pytest.raises(StackError, match="Must provide an API key"):
                await index.list_stores()


async def test_others_collections_are_left_alone() -> None:
    async with qdrant() as url, RemoteQdrant(RemoteQdrantConfig(url=url, collection_prefix="other_"), "q") as other:
        await other.create_store(StoreSpec("vs_1", 2))
        async with RemoteQdrant(RemoteQdrantConfig(url=url), "q") as index:
            assert await index.list_stores() == []
            assert await index.delete_store("vs_1") is False


@pytest.mark.filterwarnings("ignore:Exception ignored in.*lock:pytest.PytestUnraisableExceptionWarning")
async def test_a_folder_is_for_one_process(tmp_path: Any) -> None:
    async with InlineQdrant(InlineQdrantConfig(path=tmp_path), "q") as one:
        await one.create_store(StoreSpec("vs_1", 1))
        await one.upsert("vs_1", [IndexedChunk("a", "d", 0, "word")], b"\x00\x00\x80?")
        async with InlineQdrant(InlineQdrantConfig(path=tmp_path), "q") as other:
            with pytest.raises(StackError, match="already accessed by another instance"):
                await other.list_stores()
    gc.collect()  # the client leaves its lock's file open when it does not get it
