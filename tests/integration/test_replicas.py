"""Two servers over one PostgreSQL, or PostgreSQL and Redis: what one of them knows, the other knows too."""

import asyncio
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import running
from tests.support.services import postgres, redis

pytestmark = pytest.mark.anyio

CRASH_LOSES_SECONDS = 0.2  # the bound is 10 ms and a write; this machine may be busy
SAY = [{"role": "user", "content": "hello"}]


@pytest.fixture(params=["postgres", "postgres and redis"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, Any]]:
    async with postgres() as url, redis() as (redis_url, namespace):
        kv: dict[str, Any] = {"type": "kv_postgres", "url": url}
        if request.param != "postgres":
            kv = {"type": "kv_redis", "url": redis_url, "namespace": namespace}
        yield {"backends": {"kv": kv, "sql": {"type": "sql_postgres", "url": url}}}


class Replica:
    """A server in a process of its own."""

    def __init__(self, url: str, pid: int) -> None:
        self.url = url
        self.pid = pid

    def ask(self, verb: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=verb)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def store(self, model: str = "echo") -> str:
        """The id of a completion that it made and was told to store."""
        status, answer = self.ask("POST", "/v1/chat/completions", {"model": model, "messages": SAY, "store": True})
        assert status == 200, answer
        return str(answer["id"])

    def stored(self) -> Iterator[str]:
        """The ids of all stored completions, page by page."""
        behind, more = "", True
        while more:
            page = self.ask("GET", f"/v1/chat/completions?limit=100{behind}")[1]
            yield from (each["id"] for each in page["data"])
            behind, more = f"&after={page['last_id']}", page["has_more"]

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


@pytest.fixture
def replicas(storage: dict[str, Any], tmp_path: Path) -> Iterator[list[Replica]]:
    with ExitStack() as started:
        yield [started.enter_context(replica(storage, tmp_path / f"{number}.yaml")) for number in range(2)]


@contextmanager
def replica(storage: dict[str, Any], file: Path) -> Iterator[Replica]:
    providers = {"inference": [{"provider_id": "echo", "provider_type": "inline::echo"}]}
    file.write_text(json.dumps({"version": 2, "providers": providers, "storage": storage, "server": {"port": 0}}))
    with running(str(file), env=dict(os.environ)) as (url, _, process):
        yield Replica(url, process.pid)


async def test_a_model_registered_in_one_is_found_in_the_other_at_once(replicas: list[Replica]) -> None:
    one, other = replicas
    entry = {"model_id": "mine", "provider_id": "echo", "provider_model_id": "echo"}
    status, answer = one.ask("POST", "/v1/models", entry)
    assert status == 200, answer
    status, answer = other.ask("POST", "/v1/chat/completions", {"model": "mine", "messages": SAY})
    assert (status, answer["choices"][0]["finish_reason"]) == (200, "stop")
    assert other.ask("DELETE", "/v1/models/mine")[0] in (200, 204)
    assert "mine" not in [model.get("id") for model in one.ask("GET", "/v1/models")[1]["data"]]


async def test_a_completion_stored_in_one_is_read_changed_and_deleted_in_the_other(replicas: list[Replica]) -> None:
    one, other = replicas
    stored = one.store()
    status, answer = other.ask("GET", f"/v1/chat/completions/{stored}")
    assert (status, answer.get("id")) == (200, stored)
    assert list(other.stored()) == [stored]
    assert other.ask("POST", f"/v1/chat/completions/{stored}", {"metadata": {"seen": "yes"}})[0] == 200
    assert one.ask("GET", f"/v1/chat/completions/{stored}")[1]["metadata"] == {"seen": "yes"}
    assert other.ask("DELETE", f"/v1/chat/completions/{stored}")[0] == 200
    assert one.ask("GET", f"/v1/chat/completions/{stored}")[0] == 404


async def test_kill_9_of_one_loses_nothing_that_is_older_than_the_bound(replicas: list[Replica]) -> None:
    one, other = replicas
    stored: list[tuple[str, float]] = []
    while not stored or stored[-1][1] - stored[0][1] < 3 * CRASH_LOSES_SECONDS:
        stored.append((one.store(), time.monotonic()))
        await asyncio.sleep(0.005)  # nobody reads the server's log, which fills its pipe
    one.kill()
    due = {name for name, at in stored if stored[-1][1] - at > CRASH_LOSES_SECONDS}
    kept = set(other.stored())
    assert due
    assert due <= kept
    assert other.ask("GET", "/readyz") == (
        200,
        {"ready": True, "checks": {"storage.metadata": "ok", "storage.inference": "ok"}},
    )
    assert other.ask("GET", f"/v1/chat/completions/{other.store()}")[0] == 200
