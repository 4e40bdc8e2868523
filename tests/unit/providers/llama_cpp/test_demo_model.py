"""The chat model that travels along: what its file promises."""

import hashlib
from pathlib import Path

import pytest

from llama_stack.providers.inline.inference.llama_cpp import LlamaCpp, LlamaCppConfig
from llama_stack.providers.inline.inference.llama_cpp.header import read_header
from llama_stack.providers.inline.inference.llama_cpp.source import file_of
from llama_stack.providers.registry import specs

pytestmark = pytest.mark.anyio

SOURCE = specs()["inference"]["inline::demo"].defaults["model"]


async def test_it_is_small_and_holds_long_prompts() -> None:
    path = await file_of(SOURCE)
    assert path.stat().st_size < 12_000_000
    header = read_header(path)
    assert (header.model_type, header.context_length) == ("llm", 2048)


async def test_it_is_listed_with_the_command_that_brings_a_better_one_and_nothing_is_loaded() -> None:
    defaults = specs()["inference"]["inline::demo"].defaults
    async with LlamaCpp(LlamaCppConfig(**defaults), "demo") as provider:
        [model] = await provider.list_models()
        assert model.identifier == "llama-stack-demo-11m"
        assert model.metadata["better"].startswith("LLAMA_MODEL=hf:")
        assert (await provider.health()).state == "ready"
        assert not provider.engines


async def test_its_card_is_about_this_file() -> None:
    digest = hashlib.sha256((await file_of(SOURCE)).read_bytes()).hexdigest()
    assert digest in (Path(__file__).parents[4] / "docs/models/demo-chat.md").read_text()
