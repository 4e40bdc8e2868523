"""llama.cpp when something ends: the model's process, the provider, the server."""

import asyncio
import os
import signal
import sys
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import UnavailableError
from tests.support.llama_models import HELLO, NEVER_ENDS, Make, ask, child_of, first_chunk, process_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("stream", [False, True])
async def test_a_crash_is_told_in_the_models_name_and_the_next_request_starts_it_again(
    make: Make, stream: bool
) -> None:
    provider = make()
    running = await first_chunk(provider)
    waiting = asyncio.create_task(ask(provider, **NEVER_ENDS))
    await asyncio.sleep(0.2)
    process_of(provider).kill()
    told = r"llama\.cpp ended while it ran tiny-chat \(killed by signal 9\)"
    with pytest.raises(UnavailableError, match=told) as failure:
        await (_rest(running) if stream else waiting)
    assert failure.value.code == "model_crashed"
    await running.aclose()
    await asyncio.wait([waiting])
    assert isinstance(waiting.exception(), UnavailableError)
    assert (await ask(provider, max_tokens=1))["choices"]


async def _rest(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


async def test_a_model_that_crashes_again_and_again_is_given_a_pause(make: Make) -> None:
    provider = make()
    for _ in range(2):
        await ask(provider, max_tokens=1)
        process_of(provider).kill()
        await child_of(provider).ended()
    with pytest.raises(UnavailableError, match=r"failure 2 in a row, try again in 1 s") as failure:
        await ask(provider)
    assert failure.value.headers == {"retry-after": "1"}
    assert (await provider.health()).state == "degraded"
    await asyncio.sleep(1.1)
    assert (await ask(provider, max_tokens=1))["choices"]
    assert (await provider.health()).state == "ready"


async def test_closing_ends_the_process_even_while_it_generates(make: Make) -> None:
    provider = make()
    running = await first_chunk(provider)
    process = process_of(provider)
    begin = time.monotonic()
    async with aclosing(running):
        await provider.__aexit__(None, None, None)
    assert process.returncode == 0
    assert time.monotonic() - begin < 1


async def test_a_signal_for_the_server_leaves_the_model_to_the_server(make: Make) -> None:
    provider = make()
    await ask(provider, max_tokens=1)
    for number in (signal.SIGINT, signal.SIGTERM):
        process_of(provider).send_signal(number)
    await asyncio.sleep(0.1)
    assert process_of(provider).returncode is None
    assert (await ask(provider, max_tokens=1))["choices"]


async def test_the_process_does_not_outlive_a_killed_parent(models: Path) -> None:
    code = f"""
import asyncio
from llama_stack.apis.inference import ChatCompletionRequest
from llama_stack.providers.inline.inference.llama_cpp import LlamaCpp, LlamaCppConfig

async def main():
    provider = LlamaCpp(LlamaCppConfig(model={str(models / "tiny-chat.gguf")!r}), "llama-cpp")
    await provider.post_chat_completion(ChatCompletionRequest(model="tiny-chat", messages={HELLO}, max_tokens=1))
    print(next(iter(provider.engines._engines.values()))._child.process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    child = int(await parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    await parent.communicate()
    for _ in range(100):
        if not _is_running(child):
            return
        await asyncio.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child outlived its parent")


def _is_running(pid: int) -> bool:
    """Whether a process does anything still; one that ended may wait for whoever inherited it to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _of_process(pid: int, place: str) -> bytes:
    return Path(f"/proc/{pid}/{place}").read_bytes()


async def test_nobody_else_on_the_machine_can_use_the_port(make: Make) -> None:
    provider = make()
    await ask(provider, max_tokens=1)
    child = child_of(provider)
    for place in ("cmdline", "environ"):
        assert child.key.encode() not in _of_process(child.process.pid, place)
    host, port = child.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /slots HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
