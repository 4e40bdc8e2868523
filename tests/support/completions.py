"""Completions to store, and what a store lists."""

import json
from typing import Any

from llama_stack.core.storage.completions import CompletionRecord, CompletionStore

__all__ = ("ids", "record")


def record(completion_id: str, created: int = 1, model: str = "m", text: str = "hi", **fields: Any) -> CompletionRecord:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    body = {"id": completion_id, "object": "chat.completion", "created": created, "model": model, "choices": [choice]}
    messages = json.dumps(fields.pop("messages", [{"role": "user", "content": "hello"}])).encode()
    return CompletionRecord(completion_id, created, model, json.dumps(body).encode(), messages, **fields)


async def ids(store: CompletionStore, **query: Any) -> list[str]:
    return [each.id for each in (await store.list(**query)).data]
