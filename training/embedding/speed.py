"""Texts a second through the provider's own method: `taskset -c 0 python -m training.embedding.speed`."""

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from llama_stack.apis.inference import EmbeddingsRequest
from llama_stack.providers.inline.inference.static_embedding import MODEL, StaticEmbedding, StaticEmbeddingConfig

from .evaluate import everyday

__all__ = ()

SEED = 20261126
ROUNDS = 5


async def main() -> None:
    provider = StaticEmbedding(StaticEmbeddingConfig(), "static-embedding")
    said = [word for passage in everyday() for word in passage.body.split()]
    chance = random.Random(SEED)
    texts = [" ".join(chance.sample(said, chance.randint(5, 12))) for _ in range(2048)]
    await _best("first text: imports, table opened", 1, lambda: _embed(provider, texts[:1]), rounds=1)
    await _best("one text", 1, lambda: _embed(provider, texts[:1]))
    await _best("2048 texts, base64", 2048, lambda: _embed(provider, texts))
    await _best("2048 texts, float", 2048, lambda: _embed(provider, texts, "float"))
    long = [" ".join(said * 200)]
    await _best(f"one text of {len(long[0])} characters", 1, lambda: _embed(provider, long))


async def _embed(provider: StaticEmbedding, texts: list[str], encoding: Literal["float", "base64"] = "base64") -> None:
    await provider.post_embeddings(EmbeddingsRequest(model=MODEL, input=texts, encoding_format=encoding))


async def _best(name: str, texts: int, work: Callable[[], Awaitable[None]], rounds: int = ROUNDS) -> None:
    wall, cpu = [], []
    for _ in range(rounds):
        began = time.perf_counter(), time.process_time()
        await work()
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    sys.stdout.write(
        f"{name}: {min(wall) * 1000:.2f} ms, {texts / min(wall):,.0f} texts/s ({min(cpu) * 1000:.2f} ms of CPU)\n"
    )


if __name__ == "__main__":
    asyncio.run(main())
