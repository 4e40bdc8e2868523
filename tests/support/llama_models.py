"""Tiny models in llama.cpp, and how to talk to them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from llama_stack.apis.inference import ChatCompletionRequest
from llama_stack.providers.inline.inference.llama_cpp import LlamaCpp

__all__ = (
    "CITY",
    "HELLO",
    "NEVER_ENDS",
    "TOOLS",
    "Make",
    "ask",
    "chat",
    "child_of",
    "chunks",
    "first_chunk",
    "process_of",
)

HELLO = [{"role": "user", "content": "hello"}]
NEVER_ENDS = {"logit_bias": {"258": -100}, "max_tokens": 4000}  # 258 ends an answer
CITY = {
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/City"}},
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"City": {"enum": ["Rome", "Oslo"]}},
}
TOOLS = [{"type": "function", "function": {"name": name, "parameters": CITY}} for name in ("weather", "time")]

Make = Callable[..., LlamaCpp]


def chat(model: str = "tiny-chat", messages: Any = HELLO, **fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.from_wire(json.dumps({"model": model, "messages": messages, **fields}).encode())


async def ask(provider: LlamaCpp, **fields: Any) -> dict[str, Any]:
    answer = await provider.post_chat_completion(chat(**fields))
    return json.loads(answer.wire)


async def chunks(provider: LlamaCpp, **fields: Any) -> list[dict[str, Any]]:
    async with await provider.post_chat_completion(chat(**fields, stream=True)) as stream:
        return [json.loads(chunk.wire) async for chunk in stream]


def child_of(provider: LlamaCpp) -> Any:
    """The one child of the provider: its process, address and key."""
    (engine,) = provider.engines._engines.values()
    return engine._child


def process_of(provider: LlamaCpp) -> asyncio.subprocess.Process:
    return child_of(provider).process


async def first_chunk(provider: LlamaCpp, **fields: Any) -> Any:
    stream = await provider.post_chat_completion(chat(**NEVER_ENDS, **fields, stream=True))
    await anext(stream)
    return stream
