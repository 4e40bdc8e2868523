"""Whole answers out of streamed ones, and llama.cpp's refusals in our words."""

from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.providers.inline.inference.llama_cpp.answers import Assembler
from llama_stack.providers.inline.inference.llama_cpp.refusals import explained


def assembled(*chunks: dict[str, Any]) -> dict[str, Any]:
    assembler = Assembler()
    for chunk in chunks:
        assembler.feed(chunk)
    return assembler.finish()


def chunk(delta: dict[str, Any], index: int = 0, **rest: Any) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "choices": [{"index": index, "delta": delta, **rest}]}


def test_text_thoughts_and_logprobs_are_joined() -> None:
    answer = assembled(
        chunk({"role": "assistant", "content": None}),
        chunk({"reasoning_content": "Hm."}),
        chunk({"content": "a"}, logprobs={"content": [{"token": "a"}]}),
        chunk({"content": "b"}, logprobs={"content": [{"token": "b"}]}),
        chunk({}, finish_reason="stop"),
    )
    assert answer["object"] == "chat.completion"
    assert answer["choices"] == [
        {
            "message": {"role": "assistant", "content": "ab", "reasoning_content": "Hm."},
            "index": 0,
            "logprobs": {"content": [{"token": "a"}, {"token": "b"}]},
            "finish_reason": "stop",
        }
    ]


def test_tool_calls_are_joined_by_their_index() -> None:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "a", "arguments": "{"}}
    second = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "b", "arguments": "{}"}}
    rest = {"index": 0, "function": {"arguments": "}"}}
    message = assembled(*(chunk({"tool_calls": [call]}) for call in (first, second, rest)))["choices"][0]["message"]
    assert message["content"] is None
    assert [call["id"] for call in message["tool_calls"]] == ["call_1", "call_2"]
    assert message["tool_calls"][0]["function"] == {"name": "a", "arguments": "{}"}


def test_tokens_of_several_choices_are_added_up() -> None:
    one = {"completion_tokens": 2, "prompt_tokens": 5, "total_tokens": 7}
    two = {"completion_tokens": 3, "prompt_tokens": 5, "total_tokens": 8}
    answer = assembled(
        chunk({"content": "b"}, 1),
        chunk({"content": "a"}),
        {"choices": [], "usage": one},
        {"choices": [], "usage": two},
    )
    assert [choice["message"]["content"] for choice in answer["choices"]] == ["a", "b"]
    assert answer["usage"] == {"completion_tokens": 5, "prompt_tokens": 5, "total_tokens": 10}


@pytest.mark.parametrize(
    ("status", "message", "kind", "outcome"),
    [
        (
            400,
            "request (99 tokens) exceeds the available context size (64 tokens), try",
            "x",
            (400, "context_length_exceeded"),
        ),
        (500, "input (99 tokens) is too large to process. increase", "server_error", (400, "context_length_exceeded")),
        (500, "image input is not supported - hint: …", "server_error", (400, None)),
        (501, "This server does not support embeddings", "not_supported_error", (400, "unsupported")),
        (500, "Compute error.", "server_error", (500, None)),
        (400, "Failed to initialize samplers: failed to parse grammar", "invalid_request_error", (400, None)),
    ],
)
def test_refusals_say_whose_mistake_it_is(
    status: int, message: str, kind: str, outcome: tuple[int, str | None]
) -> None:
    refusal = UpstreamError(message, provider_id="llama-cpp", status=status, error={"type": kind})
    error = explained(refusal, "tiny", 64, "messages")
    assert (error.status, error.code) == outcome
