"""The stacks that the integration tests talk to: one in front, and one behind it as the service it calls."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.support.doors import DOORS, Door, open_door
from tests.support.serving import Served, served_in_thread

ARGUMENTS = {"city": "Oslo", "days": 3}


def scripted(model: str, **turn: Any) -> dict[str, Any]:
    """A provider whose one model answers the same each time."""
    config = {"model": model, "turns": [turn], "repeat": True}
    return {"provider_id": f"script-{model}", "provider_type": "inline::scripted", "config": config}


@pytest.fixture(scope="session")
def behind() -> Iterator[Served]:
    """The service: a server of ours with test doubles for models."""
    providers = [
        {"provider_id": "echo", "provider_type": "inline::echo"},
        scripted("talker", say="one two three four five"),
        scripted("slow", say="one two three four five", pause_seconds=0.06),
        scripted("thinker", think="two and two", say="four"),
        scripted("caller", call=[{"name": "weather", "arguments": ARGUMENTS}, {"name": "time"}]),
        scripted("busy", fail={"status": 429, "message": "too many", "code": "slow_down", "retry_after_seconds": 7}),
        scripted("broken", say="one two", fail={"status": 503, "message": "lost the thread"}),
    ]
    with served_in_thread({"version": 2, "providers": {"inference": providers}}) as server:
        yield server


@pytest.fixture(scope="session")
def config(behind: Served) -> dict[str, Any]:
    """The stack in front: it has models of the service, and one of its own."""
    service = {"base_url": f"{behind.url}/v1", "api_key": "the-operators-key"}
    return {
        "version": 2,
        "providers": {
            "inference": [
                {"provider_id": "up", "provider_type": "remote::vllm", "config": service},
                {"provider_id": "here", "provider_type": "inline::echo"},
            ]
        },
        "registered_resources": {
            "models": [
                {"model_id": "chat", "provider_id": "up", "provider_model_id": "echo"},
                {
                    "model_id": "vectors",
                    "provider_id": "up",
                    "provider_model_id": "echo-embedding",
                    "model_type": "embedding",
                },
            ]
        },
    }


@pytest.fixture(scope="session")
def front(config: dict[str, Any]) -> Iterator[Served]:
    """A server of that stack."""
    with served_in_thread(config) as server:
        yield server


@pytest.fixture(params=DOORS)
async def door(request: pytest.FixtureRequest, config: dict[str, Any], front: Served) -> AsyncIterator[Door]:
    """Each way in, one after the other."""
    async with open_door(request.param, config, front.url) as opened:
        yield opened
