"""Small models for the tests of this folder."""

from pathlib import Path

import pytest

from llama_stack.testing.tiny_gguf import tiny_chat_gguf


@pytest.fixture(scope="session")
def chat_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_chat_gguf(tmp_path_factory.mktemp("models"))
