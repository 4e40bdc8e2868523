"""A recorded service through the library: the answers are in `cassettes/`, and nothing is called.

`pytest --llama-stack-record` on this file records them anew, from a server of ours that stands in for a service.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from llama_stack import AsyncLlamaStackAsLibraryClient
from llama_stack.apis.errors import UpstreamError
from llama_stack.testing import Cassette
from tests.integration.conftest import scripted
from tests.support.serving import served_in_thread

pytestmark = pytest.mark.anyio

Client = AsyncLlamaStackAsLibraryClient
ASKED: dict[str, Any] = {"messages": [{"role": "user", "content": "how is the weather in Oslo?"}]}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def service(cassette: Cassette) -> Iterator[str]:
    """Where the service is: nowhere, unless it is being recorded."""
    if cassette.mode == "replay":
        yield NOWHERE
        return
    turns = [
        scripted("talker", think="look outside", say="It is cold — 3°, and it snows."),
        scripted("caller", call=[{"name": "weather", "arguments": {"city": "Oslo"}}]),
        scripted("busy", fail={"status": 429, "message": "too many", "code": "slow_down", "retry_after_seconds": 7}),
    ]
    with served_in_thread({"version": 2, "providers": {"inference": turns}}) as server:
        yield server.url


@pytest.fixture
async def client(
    service: str, async_llama_stack_client: Callable[..., Awaitable[Client]]
) -> AsyncIterator[AsyncLlamaStackAsLibraryClient]:
    config = {"base_url": f"{service}/v1", "api_key": "the-operators-key"}
    entry = {"provider_id": "up", "provider_type": "remote::vllm", "config": config}
    async with await async_llama_stack_client({"version": 2, "providers": {"inference": [entry]}}) as client:
        yield client


async def test_a_recorded_answer_is_an_answer(client: Client) -> None:
    answer = await client.inference.post_chat_completion(model="up/talker", **ASKED)
    assert answer.choices[0].message.content == "It is cold — 3°, and it snows."


async def test_a_recorded_stream_is_a_stream(client: Client) -> None:
    stream = await client.inference.post_chat_completion(model="up/talker", stream=True, **ASKED)
    deltas = [chunk.choices[0].delta async for chunk in stream]
    assert "".join(delta.content or "" for delta in deltas) == "It is cold — 3°, and it snows."
    assert len(deltas) > 5


async def test_a_recorded_call_of_a_tool_is_a_call(client: Client) -> None:
    tools = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    answer = await client.inference.post_chat_completion(model="up/caller", tools=tools, **ASKED)
    assert [call.function.name for call in answer.choices[0].message.tool_calls] == ["weather"]


async def test_a_recorded_refusal_is_a_refusal(client: Client) -> None:
    with pytest.raises(UpstreamError, match="too many") as caught:
        await client.inference.post_chat_completion(model="up/busy", **ASKED)
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "7")
