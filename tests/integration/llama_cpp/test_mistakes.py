"""llama.cpp and callers' mistakes: each is told so, and nobody else is harmed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, UnavailableError
from llama_stack.apis.inference import EmbeddingsRequest
from tests.support.llama_models import TOOLS, Make, ask, chat

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("stream", [False, True])
async def test_an_over_long_prompt_is_refused_before_anything_is_answered(make: Make, stream: bool) -> None:
    provider = make(context_length=256, parallel_requests=4)
    long = [{"role": "user", "content": "word " * 100}]
    with pytest.raises(BadRequestError) as failure:
        await provider.post_chat_completion(chat(messages=long, stream=stream))
    assert failure.value.code == "context_length_exceeded"
    assert failure.value.message == "tiny-chat takes 256 tokens a request (context_length), and this one has 519"
    fits = [{"role": "user", "content": "word " * 40}]  # each of the four has the whole length for itself
    assert (await ask(provider, messages=fits, max_tokens=2))["usage"]["prompt_tokens"] > 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"grammar": "root ::= ((("}, "failed to parse grammar"),
        (
            {"temperature": 1, "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "odd"}}}},
            "odd",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}],
                    }
                ]
            },
            "image input is not supported",
        ),
        ({"tools": [{"type": "function"}]}, "Missing tool function"),
        ({"tools": TOOLS, "tool_choice": "any"}, "Invalid tool_choice: any"),
        ({"functions": [{"name": "old"}]}, "has no functions"),
    ],
)
async def test_the_callers_mistakes_are_the_callers(make: Make, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        await ask(make(), **fields)


async def test_a_model_does_only_what_it_is_for(make: Make, models: Path) -> None:
    provider = make()
    with pytest.raises(
        BadRequestError, match="tiny-chat is a model of type llm; this call needs one of type embedding"
    ):
        await provider.post_embeddings(EmbeddingsRequest(model="tiny-chat", input="x"))
    with pytest.raises(BadRequestError, match="of type embedding; this call needs one of type llm"):
        await ask(provider, model=str(models / "tiny-embedding.gguf"))
    assert not provider.engines  # nothing was loaded to find out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole: whole[:200_000], "tensor '.*' data is not within the file bounds"),
        (
            lambda whole: whole.replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0zebra", 1),
            "unknown model architecture: 'zebra'",
        ),
        (
            lambda whole: whole.replace(b"llama.block_count", b"llama.block_bount"),
            "key not found in model: llama.block_count",
        ),
        (lambda whole: whole.replace(b"{%- for message", b"{%- fox message"), "Unknown statement: fox"),
        (lambda whole: b"", "it is empty"),
    ],
)
async def test_a_bad_file_is_named_with_the_reason_and_harms_nobody(
    make: Make, models: Path, tmp_path: Path, change: Callable[[bytes], bytes], reason: str
) -> None:
    provider, bad = make(), tmp_path / "bad.gguf"
    bad.write_bytes(change((models / "tiny-chat.gguf").read_bytes()))
    with pytest.raises(UnavailableError, match=rf"cannot load the model {bad}: {reason}"):
        await ask(provider, model=str(bad))
    assert (await ask(provider, max_tokens=1))["choices"]
    assert (await provider.health()).state == "ready"
