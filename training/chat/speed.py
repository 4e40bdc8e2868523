"""How fast it is, through the provider: `python -m training.chat.speed MODEL.gguf`. Measure on a quiet machine."""

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from llama_stack import AsyncLlamaStackAsLibraryClient

__all__ = ("measure",)

LONG = [{"role": "user", "content": "How do I get a better model?"}]


async def measure(path: Path) -> None:
    os.environ["LLAMA_MODEL"] = str(path)
    async with await AsyncLlamaStackAsLibraryClient.create("inference=llama-cpp") as client:
        model = f"llama-cpp/{path.stem}"
        began = time.perf_counter()
        await _stream(client, model, _short(0))
        sys.stdout.write(f"first answer, with loading: {time.perf_counter() - began:.2f} s\n")
        firsts = [(await _stream(client, model, _short(number)))[0] for number in range(1, 21)]
        sys.stdout.write(f"first token: {1000 * statistics.median(firsts):.1f} ms\n")
        rates = []
        for _ in range(5):
            first, whole, tokens = await _stream(client, model, LONG)
            rates.append((tokens - 1) / (whole - first))
        sys.stdout.write(f"then: {statistics.median(rates):.0f} tokens a second ({tokens} in an answer)\n")


def _short(number: int) -> list[dict[str, str]]:
    """A question that was not asked before: the server keeps what it has read."""
    return [{"role": "user", "content": f"{number}: what can you do?"}]


async def _stream(client: Any, model: str, messages: list[dict[str, str]]) -> tuple[float, float, int]:
    """Seconds to the first token and to the last, and how many there were."""
    began, first, tokens = time.perf_counter(), 0.0, 0
    stream = await client.inference.post_chat_completion(
        model=model, messages=messages, max_tokens=400, stream=True, stream_options={"include_usage": True}
    )
    async for chunk in stream:
        if chunk.delta and not first:
            first = time.perf_counter() - began
        tokens = chunk.usage.completion_tokens if chunk.usage else tokens
    return first, time.perf_counter() - began, tokens


if __name__ == "__main__":
    asyncio.run(measure(Path(sys.argv[1])))
