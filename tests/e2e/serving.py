"""A server as a user starts it: a process of its own, on a free port, its answers asked for over a socket."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

SERVE = """
import asyncio, sys
from llama_stack.core.config import load_text
from llama_stack.core.server.run import serve

async def ready(stack, url):
    print(url, flush=True)

if __name__ == "__main__":
    serve(load_text(sys.stdin.read(), name="run.yaml"), on_ready=ready)
"""
CHAT = {"model": "echo", "messages": [{"role": "user", "content": "my secret words"}]}
SLOW = {"say": " ".join("tick" for _ in range(12)), "pause_seconds": 0.1}


def run_config(folder: Path, **server: Any) -> dict[str, Any]:
    """`echo`, and `slow` whose streams take a second; all that is kept lies in `folder`."""
    backends = {
        "kv": {"type": "kv_sqlite", "db_path": str(folder / "kv.db")},
        "sql": {"type": "sql_sqlite", "db_path": str(folder / "sql.db")},
    }
    slow = {"model": "slow", "turns": [SLOW], "repeat": True}
    providers = [
        {"provider_id": "echo", "provider_type": "inline::echo"},
        {"provider_id": "scripted", "provider_type": "inline::scripted", "config": slow},
    ]
    settings = {"port": 0, "shutdown_timeout_seconds": 10} | server
    return {"version": 2, "providers": {"inference": providers}, "storage": {"backends": backends}, "server": settings}


class Served:
    """A running server and what it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""
        self.log = ""
        assert process.stderr is not None
        self._listening = asyncio.create_task(self._listen(process.stderr))

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while line := await stderr.readline():
            self.log += line.decode()

    def terminate(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    async def ended(self) -> int:
        """The exit status, once all has been said."""
        code = await asyncio.wait_for(self.process.wait(), 30)
        await asyncio.wait_for(self._listening, 10)
        return code

    async def said(self, pattern: str) -> re.Match[str]:
        """What the log says, now or soon."""
        for _ in range(500):
            if match := re.search(pattern, self.log):
                return match
            await asyncio.sleep(0.02)
        raise AssertionError(f"{pattern!r} is not in {self.log!r}")

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@asynccontextmanager
async def served(config: Mapping[str, Any], *, code: str = SERVE, wait: bool = True) -> AsyncIterator[Served]:
    """A server in a process group of its own, which nothing of it outlives."""
    folder = Path(str(config["storage"]["backends"]["kv"]["db_path"])).parent
    program = folder / "serving.py"  # workers import the module they were started from
    program.write_text(code)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(program), str(os.getpid()), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )
    server = Served(process)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(config).encode())
        process.stdin.close()
        if wait:
            server.url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
            assert server.url, (await server.ended(), server.log)
        yield server
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await server.ended()


@asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A new connection for each request, so that each asks anew who listens."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        yield session
