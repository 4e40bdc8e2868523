"""Whole answers put together from streamed ones."""

from typing import Any

import pytest

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


def calls_of(*pieces: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The id, the name and the arguments of each call that streamed pieces make."""
    message = assembled(*(chunk({"tool_calls": [piece]}) for piece in pieces))["choices"][0]["message"]
    return [(c["id"], c["function"]["name"], c["function"]["arguments"]) for c in message["tool_calls"]]


def piece(index: int | None, call_id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    return {"index": index, "id": call_id, "type": None, "function": {"name": name, "arguments": arguments}}


DIALECTS = {
    "OpenAI": [piece(0, "c1", "f", ""), piece(0, None, None, '{"a":'), piece(0, None, None, "1}")],
    "watsonx, names empty": [piece(0, "c1", "f", ""), piece(0, None, "", '{"a":'), piece(0, "", "", "1}")],
    "all at once": [piece(0, "c1", "f", '{"a":1}')],
    "the id and the name each time": [piece(0, "c1", "f", '{"a":'), piece(0, "c1", "f", "1}")],
    "no index": [piece(None, "c1", "f", '{"a":'), piece(None, None, None, "1}")],
    "the id later": [piece(0, None, "f", '{"a":'), piece(0, "c1", None, "1}")],
}


@pytest.mark.parametrize("pieces", DIALECTS.values(), ids=DIALECTS)
def test_a_tool_call_is_the_same_in_every_dialect(pieces: list[dict[str, Any]]) -> None:
    assert calls_of(*pieces) == [("c1", "f", '{"a":1}')]


def test_several_calls_under_one_index_are_told_apart_by_their_ids() -> None:
    pieces = [piece(0, "c1", "f", "{}"), piece(0, "c2", "g", "{"), piece(0, None, None, "}"), piece(0, "c1", None, " ")]
    assert calls_of(*pieces) == [("c1", "f", "{} "), ("c2", "g", "{}")]


def test_pieces_of_several_calls_may_come_mixed() -> None:
    pieces = [piece(0, "c1", "f", "1"), piece(1, "c2", "g", "3"), piece(0, None, None, "2"), piece(1, None, None, "4")]
    assert calls_of(*pieces) == [("c1", "f", "12"), ("c2", "g", "34")]


def test_thoughts_go_by_either_name_and_refusals_are_joined() -> None:
    deltas = [{"reasoning": "I "}, {"reasoning": "think"}, {"refusal": "No"}, {"refusal": "."}]
    message = assembled(*map(chunk, deltas))["choices"][0]["message"]
    assert message == {"role": "assistant", "content": "", "reasoning": "I think", "refusal": "No."}


def test_logprobs_of_a_refusal_are_kept_as_well() -> None:
    logprobs = {"content": None, "refusal": [{"token": "No"}]}
    assert assembled(chunk({"refusal": "No"}, logprobs=logprobs))["choices"][0]["logprobs"] == {
        "refusal": [{"token": "No"}]
    }


def test_what_the_head_says_is_kept_even_where_the_first_chunk_says_nothing() -> None:
    first = {"id": "c1", "object": "", "model": "", "created": 0, "choices": [], "prompt_filter_results": [1]}
    answer = assembled(first, chunk({"content": "x"}) | {"model": "gpt", "created": 7, "system_fingerprint": "fp"})
    assert (answer["model"], answer["created"], answer["object"]) == ("gpt", 7, "chat.completion")
    assert (answer["system_fingerprint"], answer["prompt_filter_results"]) == ("fp", [1])


def test_a_text_completion_is_put_together_too() -> None:
    rows = [{"id": "c", "object": "text_completion", "choices": [{"index": 0, "text": text}]} for text in ("a", "b")]
    answer = assembled(*rows, {"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]})
    assert (answer["object"], answer["choices"][0]["text"], answer["choices"][0]["finish_reason"]) == (
        "text_completion",
        "ab",
        "stop",
    )


def test_an_empty_stream_is_an_answer_without_choices() -> None:
    assert assembled() == {"object": "", "choices": []}
