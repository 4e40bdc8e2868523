"""OpenAI's own SDK, through a socket and in this process."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from llama_stack import AsyncLlamaStackAsLibraryClient
from tests.support.doors import IN_PROCESS, OPTIONS
from tests.support.file_providers import files_config
from tests.support.serving import served

pytestmark = pytest.mark.anyio

CONFIG = files_config({"provider_id": "files", "provider_type": "inline::localfs"})


@pytest.fixture(params=["over HTTP", "in process"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[openai.AsyncOpenAI]:
    if request.param == "over HTTP":
        async with served(CONFIG) as server, openai.AsyncOpenAI(base_url=f"{server.url}/v1", **OPTIONS) as sdk:
            yield sdk
    else:
        async with await AsyncLlamaStackAsLibraryClient.create(CONFIG, env={}) as library:
            http: Any = library.http_client()
            async with openai.AsyncOpenAI(base_url=IN_PROCESS, http_client=http, **OPTIONS) as sdk:
                yield sdk


async def test_it_turns_the_pages_by_itself(client: openai.AsyncOpenAI) -> None:
    made = [(await client.files.create(file=b"x", purpose="evals")).id for _ in range(5)]
    assert [file.id async for file in client.files.list(limit=2, order="asc")] == made
    assert [file.id async for file in client.files.list(limit=2)] == made[::-1]
    assert [file.id async for file in client.files.list(purpose="batch")] == []


async def test_a_large_file_streams_both_ways(client: openai.AsyncOpenAI, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(20_000_000))
    file = await client.files.create(file=source, purpose="user_data")
    assert file.bytes == 20_000_000
    async with client.files.with_streaming_response.content(file.id) as response:
        assert response.headers["content-length"] == "20000000"
        await response.stream_to_file(target)
    assert target.read_bytes() == source.read_bytes()


async def test_it_waits_for_a_file_that_is_ready_at_once(client: openai.AsyncOpenAI) -> None:
    file = await client.files.create(file=b"x", purpose="assistants")
    assert (await client.files.wait_for_processing(file.id)).id == file.id
    assert (await client.files.delete(file.id)).deleted
    with pytest.raises(openai.NotFoundError, match="there is no file"):
        await client.files.retrieve(file.id)


async def test_an_upload_that_is_refused_early_is_told(client: openai.AsyncOpenAI) -> None:
    wrong: Any = "nonsense"
    with pytest.raises(openai.BadRequestError, match="purpose"):
        await client.files.create(file=b"x" * 3_000_000, purpose=wrong)
