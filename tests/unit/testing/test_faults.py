"""Faults happen to the calls that a script names, and are told from real ones by their message."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import ConfigError, UpstreamError, UpstreamTimeoutError
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.transport import AiohttpTransport, Transport
from llama_stack.testing import Fault, FaultPlan, Faults, load_faults
from tests.support.upstream import Line, Request, chunk, completion, upstream
from tests.unit.testing.conftest import call, frames

pytestmark = pytest.mark.anyio


async def behave(line: Line, request: Request) -> None:
    if b"stream" not in request.body:
        await line.answer(200, completion())
        return
    await line.begin()
    await line.piece(b"".join(b'data: {"n":%d}\n\n' % n for n in range(3)))  # three events in one read
    await line.event(chunk("end", finish="stop"))
    await line.end()


@asynccontextmanager
async def failing(*faults: dict[str, Any], provider: str = "up", seed: int = 0) -> AsyncIterator[tuple[Transport, str]]:
    network = NetworkConfig(read_timeout_seconds=0.3)
    plan = FaultPlan.model_validate({"faults": faults, "seed": seed})
    with upstream(behave) as service:
        transport = Faults(plan).open(None)(provider, network, AiohttpTransport(provider, network))  # type: ignore[arg-type]
        try:
            yield transport, f"{service.url}/chat/completions"
        finally:
            await transport.aclose()


async def statuses(transport: Transport, url: str, count: int, body: bytes = b"{}") -> list[int]:
    return [(await call(transport, url, body))[0] for _ in range(count)]


async def test_a_refusal_has_its_status_its_words_and_when_to_come_back() -> None:
    async with failing({"status": 429, "message": "slow", "code": "busy", "retry_after_seconds": 1.5}) as (up, url):
        status, body = await call(up, url)
    assert status == 429
    assert body == b'{"error":{"message":"slow","type":"injected_fault","param":null,"code":"busy"}}'


async def test_when_to_come_back_is_a_header() -> None:
    from llama_stack.testing.faults.response import RefusingResponse

    assert RefusingResponse(Fault(status=429, retry_after_seconds=2)).headers["retry-after"] == "2"


@pytest.mark.parametrize(
    ("often", "hit"),
    [
        ({}, [1, 1, 1, 1, 1, 1]),
        ({"times": 2}, [1, 1, 0, 0, 0, 0]),
        ({"skip": 4}, [0, 0, 0, 0, 1, 1]),
        ({"every": 2}, [0, 1, 0, 1, 0, 1]),
        ({"every": 2, "skip": 1, "times": 1}, [0, 0, 1, 0, 0, 0]),
        ({"probability": 0}, [0, 0, 0, 0, 0, 0]),
    ],
)
async def test_how_often_can_be_said(often: dict[str, Any], hit: list[int]) -> None:
    async with failing({"status": 500, **often}) as (up, url):
        assert await statuses(up, url, 6) == [500 if each else 200 for each in hit]


async def test_the_same_seed_draws_the_same_calls() -> None:
    runs = []
    for seed in (1, 1, 2):
        async with failing({"status": 500, "probability": 0.5}, seed=seed) as (up, url):
            runs.append(await statuses(up, url, 24))
    assert runs[0] == runs[1] != runs[2]
    assert 4 < runs[0].count(500) < 20


@pytest.mark.parametrize(
    ("who", "hit"),
    [
        ({"provider": "u*"}, True),
        ({"provider": "other"}, False),
        ({"path": "*/chat/completions"}, True),
        ({"path": "*/embeddings"}, False),
        ({"model": "llama-*"}, True),
        ({"model": "qwen-*"}, False),
        ({"method": "GET"}, False),
    ],
)
async def test_which_calls_can_be_said(who: dict[str, str], hit: bool) -> None:
    async with failing({"status": 500, **who}) as (up, url):
        assert await statuses(up, url, 1, b'{"model":"llama-3"}') == [500 if hit else 200]


async def test_lists_that_are_read_in_the_background_are_spared_unless_named() -> None:
    async with failing({"status": 500}) as (up, url):
        assert (await call(up, url.replace("chat/completions", "models"), None, "GET"))[0] == 200
    async with failing({"status": 500, "method": "*"}) as (up, url):
        assert (await call(up, url.replace("chat/completions", "models"), None, "GET"))[0] == 500


async def test_a_connection_can_be_refused() -> None:
    async with failing({"unreachable": True}) as (up, url):
        with pytest.raises(UpstreamError, match="injected fault") as caught:
            await call(up, url)
    assert (caught.value.status, caught.value.code) == (502, "upstream_unreachable")


async def test_an_answer_can_be_late() -> None:
    began = time.monotonic()
    async with failing({"delay_seconds": 0.1, "jitter_seconds": 0.05}) as (up, url):
        assert await statuses(up, url, 1) == [200]
    assert 0.1 <= time.monotonic() - began < 0.3


async def test_an_answer_later_than_the_read_timeout_is_a_timeout() -> None:
    async with failing({"delay_seconds": 60}) as (up, url):
        with pytest.raises(UpstreamTimeoutError, match="injected fault"):
            await call(up, url)


async def collect(up: Transport, url: str) -> tuple[list[bytes], Exception | None]:
    """The frames that came, and what went wrong then."""
    from llama_stack.providers.utils.transport import UpstreamRequest

    response = await up.send(UpstreamRequest("POST", url, {}, b'{"stream":true}'))
    read: list[bytes] = []
    try:
        async for frame in response.reads():
            read.append(frame)
    except UpstreamError as error:
        return read, error
    finally:
        response.close()
    return read, None


async def test_a_stream_can_be_cut_after_some_events_however_they_were_read() -> None:
    async with failing({"cut_after_frames": 2}) as (up, url):
        read, error = await collect(up, url)
    assert read == [b'data: {"n":0}\n\n', b'data: {"n":1}\n\n']
    assert isinstance(error, UpstreamError)
    assert error.code == "upstream_connection_lost"


async def test_a_frame_can_be_malformed() -> None:
    async with failing({"malformed_after_frames": 1}) as (up, url):
        read, _ = await collect(up, url)
    assert read[:3] == [b'data: {"n":0}\n\n', b"data: \n\n", b'data: {"n":2}\n\n']
    assert len(read) == 4


async def test_a_stream_can_stall_and_go_on() -> None:
    began = time.monotonic()
    async with failing({"stall_after_frames": 1, "stall_seconds": 0.1}) as (up, url):
        read, error = await collect(up, url)
    assert (len(read), error) == (4, None)
    assert time.monotonic() - began >= 0.1


async def test_a_stream_that_stalls_for_longer_than_the_read_timeout_is_a_timeout() -> None:
    async with failing({"stall_after_frames": 1}) as (up, url):
        read, error = await collect(up, url)
    assert len(read) == 1
    assert isinstance(error, UpstreamTimeoutError)


async def test_a_whole_answer_is_one_frame() -> None:
    async with failing({"malformed_after_frames": 0, "times": 1}, {"cut_after_frames": 0, "skip": 1}) as (up, url):
        _, body = await call(up, url)
        assert body == b"".join([body])
        assert not body.endswith(b"}")
        with pytest.raises(UpstreamError):
            await call(up, url)


async def test_a_caller_who_leaves_a_stalled_stream_hangs_up() -> None:
    async with failing({"stall_after_frames": 1}) as (up, url):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await frames(up, url)


async def test_faults_add_up_in_their_order() -> None:
    faults = Faults([{"delay_seconds": 0.01}, {"status": 500, "times": 1}, {"status": 503, "times": 1}])
    network = NetworkConfig()
    with upstream(behave) as service:
        up = faults.open(None)("up", network, AiohttpTransport("up", network))  # type: ignore[arg-type]
        assert await statuses(up, f"{service.url}/x", 3) == [500, 200, 200]
        await up.aclose()
    assert faults.hits == [3, 1, 1]


SCRIPT = """
seed: 3
faults:
  - path: "*/chat/completions"
    every: 3
    status: 429
    retry_after_seconds: 2
  - {model: "llama*", cut_after_frames: 4}
"""


def test_a_script_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "faults.yaml").write_text(SCRIPT)
    plan = load_faults(tmp_path / "faults.yaml").plan
    assert (plan.seed, [fault.status for fault in plan.faults]) == (3, [429, None])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults:\n- status: 200\n", ":2:11: faults[0].status:"),
        ("faults:\n- stall_second: 3\n", "did you mean 'stall_seconds'?"),
        ("faults:\n- every: 2\n", "this fault does nothing; give it delay_seconds"),
        ("faults: []\n", "at least 1 item"),
        ("- status: 400\n", "a mapping with a list of `faults` is wanted"),
    ],
)
def test_mistakes_in_a_script_are_named_with_their_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "faults.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_faults(tmp_path / "faults.yaml")
    assert said in caught.value.message
    with pytest.raises(ConfigError, match=r"none\.yaml cannot be read"):
        load_faults(tmp_path / "none.yaml")
