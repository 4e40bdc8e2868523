"""llama.cpp with more callers than one, and more models than have room."""

import asyncio
import time
from pathlib import Path

import pytest

from llama_stack.apis.inference import EmbeddingsRequest
from tests.support.llama_models import NEVER_ENDS, Make, ask, first_chunk, process_of

pytestmark = pytest.mark.anyio


async def test_several_requests_are_answered_at_once(make: Make) -> None:
    provider = make(parallel_requests=4)
    alone = [await ask(provider, seed=seed, max_tokens=30) for seed in range(2)]
    together = await asyncio.gather(*(ask(provider, seed=seed, max_tokens=30) for seed in range(8)))
    texts = [answer["choices"][0]["message"]["content"] for answer in (*alone, *together)]
    assert texts[:2] == texts[2:4]
    assert len(set(texts[2:])) == 8


async def test_more_callers_than_connections_all_get_through(make: Make) -> None:
    provider = make()
    await ask(provider, max_tokens=1)
    begin = time.monotonic()
    answers = await asyncio.gather(*(ask(provider, max_tokens=1) for _ in range(100)))
    assert len(answers) == 100
    assert time.monotonic() - begin < 4  # an idle connection that holds a thread would cost 5 s


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_who_goes_away_frees_the_model(make: Make, stream: bool) -> None:
    provider = make(parallel_requests=1)
    if stream:
        running = await first_chunk(provider)
        await running.aclose()
    else:
        task = asyncio.create_task(ask(provider, **NEVER_ENDS))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])
    begin = time.monotonic()
    await ask(provider, max_tokens=1)
    assert time.monotonic() - begin < 0.5


async def test_a_caller_who_does_not_wait_for_the_loading_does_not_stop_it(make: Make) -> None:
    provider = make()
    impatient = asyncio.create_task(ask(provider, max_tokens=1))
    await asyncio.sleep(0.01)
    impatient.cancel()
    await asyncio.wait([impatient])
    (engine,) = provider.engines._engines.values()
    begun = engine._starting
    await ask(provider, max_tokens=1)
    assert engine._starting is begun


async def test_the_least_recently_used_model_makes_room_once_it_is_idle(make: Make, models: Path) -> None:
    provider = make(max_loaded_models=1)
    running = await first_chunk(provider)
    first = process_of(provider)
    other = asyncio.create_task(
        provider.post_embeddings(EmbeddingsRequest(model=str(models / "tiny-embedding.gguf"), input="x"))
    )
    await asyncio.sleep(0.2)
    assert not other.done()
    assert first.returncode is None
    await running.aclose()
    assert (await other).data
    assert first.returncode is not None
    assert process_of(provider) is not first
