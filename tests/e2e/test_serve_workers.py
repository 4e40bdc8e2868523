"""Several processes behind one port."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.serving import SERVE, Served, client, run_config, served

pytestmark = pytest.mark.anyio

STREAM = {"model": "slow", "messages": [{"role": "user", "content": "count"}], "stream": True}


def workers_of(server: Served) -> set[int]:
    """The processes that a server has started to serve."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server.process.pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except (OSError, IndexError):  # it has ended meanwhile
            continue
    return found


@asynccontextmanager
async def halted(pid: int) -> AsyncIterator[None]:
    """While a process stands still, whatever is answered is answered by another."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def two_workers(server: Served, *, without: int) -> set[int]:
    for _ in range(200):
        if len(found := workers_of(server) - {without}) == 2:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(server.log)


async def answers(http: aiohttp.ClientSession, server: Served) -> bool:
    async with http.get(f"{server.url}/v1/health", timeout=aiohttp.ClientTimeout(20)) as answer:
        return answer.status == 200


async def test_each_serves_and_one_that_is_killed_is_replaced(tmp_path: Path) -> None:
    async with served(run_config(tmp_path, workers=2)) as server, client() as http:
        one, other = workers_of(server)
        for pid in (one, other):
            async with halted(pid):
                assert await answers(http, server)
        os.kill(one, signal.SIGKILL)
        now = await two_workers(server, without=one)
        async with halted(other):
            assert await answers(http, server)
        server.terminate()
        assert await server.ended() == 0
        for pid in now:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)


async def test_a_signal_lets_their_streams_finish_and_refuses_new_calls(tmp_path: Path) -> None:
    async with served(run_config(tmp_path, workers=2)) as server, client() as http:
        async with http.post(f"{server.url}/v1/chat/completions", json=STREAM) as answer:
            first = await answer.content.readany()
            server.terminate()
            await asyncio.sleep(0.8)
            with pytest.raises(aiohttp.ClientConnectorError):
                await http.get(f"{server.url}/v1/health", timeout=aiohttp.ClientTimeout(5))
            assert (first + await answer.content.read()).endswith(b"data: [DONE]\n\n")
        assert await server.ended() == 0
        assert "Traceback" not in server.log


async def test_what_keeps_them_from_starting_is_told_once(tmp_path: Path) -> None:
    config = run_config(tmp_path, workers=2)
    (tmp_path / "kv.db").write_text("this is no database" * 100)
    async with served(config, wait=False) as server:
        assert await server.ended() == 1
    assert server.log.count("kv.db: file is not a database") == 1


async def test_when_they_keep_dying_it_gives_up(tmp_path: Path) -> None:
    code = SERVE.replace(
        "async def ready", "import os\nos.getppid() == int(sys.argv[1]) or os._exit(7)\nasync def ready"
    )
    async with served(run_config(tmp_path, workers=2), code=code, wait=False) as server:
        assert await server.ended() == 1
    assert "the workers keep dying (exit code 7); see their messages above" in server.log
