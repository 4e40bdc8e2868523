"""Providers of llama.cpp whose processes are gone when a test is over."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llama_stack.providers.inline.inference.llama_cpp import LlamaCpp, LlamaCppConfig
from llama_stack.testing.tiny_gguf import tiny_chat_gguf, tiny_embedding_gguf, tiny_rerank_gguf
from tests.support.llama_models import Make


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three models: chat, embedding, rerank."""
    folder = tmp_path_factory.mktemp("models")
    for make in (tiny_chat_gguf, tiny_embedding_gguf, tiny_rerank_gguf):
        make(folder)
    return folder


@pytest.fixture
async def make(models: Path) -> AsyncIterator[Make]:
    """Makes providers; `llama.cpp` of each is gone when the test is over."""
    made: list[LlamaCpp] = []

    def provider(model: str | None = "tiny-chat.gguf", **config: Any) -> LlamaCpp:
        path = str(models / model) if model else None
        made.append(LlamaCpp(LlamaCppConfig(model=path, **{"threads": 1} | config), "llama-cpp"))
        return made[-1]

    yield provider
    for each in made:
        await each.__aexit__(None, None, None)
