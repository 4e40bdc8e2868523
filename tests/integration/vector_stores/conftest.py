"""A stack that keeps vector stores, behind every door."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from tests.support.doors import DOORS, Door, open_door
from tests.support.serving import Served, served_in_thread

PROVIDERS = {
    "inference": ["inline::static-embedding", "inline::echo"],
    "files": ["inline::localfs"],
    "file_processors": ["inline::auto"],
    "tool_runtime": ["inline::rag-runtime"],
    "vector_io": ["inline::sqlite"],
}


@pytest.fixture(scope="session")
def config() -> dict[str, Any]:
    providers = {
        api: [{"provider_id": kind.partition("::")[2], "provider_type": kind} for kind in kinds]
        for api, kinds in PROVIDERS.items()
    }
    return {"version": 2, "providers": providers, "jobs": {"poll_seconds": 0.05, "lease_seconds": 1}}


@pytest.fixture(scope="session")
def front(config: dict[str, Any]) -> Iterator[Served]:
    with served_in_thread(config) as server:
        yield server


@pytest.fixture(params=DOORS)
async def door(request: pytest.FixtureRequest, config: dict[str, Any], front: Served) -> AsyncIterator[Door]:
    """Each way in, one after the other."""
    async with open_door(request.param, config, front.url) as opened:
        yield opened


@pytest.fixture
async def stack(config: dict[str, Any]) -> AsyncIterator[LlamaStack]:
    """The stack itself, for what all doors share."""
    async with LlamaStack(resolve(config, {})) as opened:
        yield opened
