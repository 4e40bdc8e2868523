"""Whole answers put together from streamed ones."""

from typing import Any

from llama_stack.providers.utils.assembler import Assembler


def assembled(*chunks: dict[str, Any], adds_usage: bool = False) -> dict[str, Any]:
    assembler = Assembler(adds_usage=adds_usage)
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
        adds_usage=True,
    )
    assert [choice["message"]["content"] for choice in answer["choices"]] == ["a", "b"]
    assert answer["usage"] == {"completion_tokens": 5, "prompt_tokens": 5, "total_tokens": 10}


def test_the_last_usage_counts_where_it_is_told_again() -> None:
    one = {"completion_tokens": 2, "prompt_tokens": 5, "total_tokens": 7}
    assert assembled(chunk({"content": "a"}), {"choices": [], "usage": one}, {"usage": one})["usage"] == one


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    first = {"id": "call_1", "function": {"name": "a", "arguments": "{}"}}
    second = {"id": "call_2", "function": {"name": "b", "arguments": "{"}}
    rest = {"function": {"arguments": "}"}}
    message = assembled(*(chunk({"tool_calls": [call]}) for call in (first, second, rest)))["choices"][0]["message"]
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ["{}", "{}"]
