"""Dialects of answers that no recorded sample shows, from what the services document."""

import json
from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.apis.stream import frame
from llama_stack.providers.utils.quirks import Mender, with_usage
from llama_stack.providers.utils.tool_calls import ToolCallMender

Payload = dict[str, Any]


def mended(payload: Payload, *quirks: str) -> Payload:
    """A whole answer as it is passed on."""
    return json.loads(Mender(quirks, "p", "m", "chat.completion").whole(json.dumps(payload).encode()))


def streamed(payloads: list[Payload], *quirks: str) -> list[Payload]:
    mender = Mender(quirks, "p", "m", "chat.completion.chunk")
    blocks = [mender.block(frame(json.dumps(payload).encode())) for payload in payloads]
    return [json.loads(block[6:]) for block in blocks]


def calls(*chunks: list[Payload]) -> list[list[Payload]]:
    mender = ToolCallMender()
    return [mender.mend(chunk) for chunk in chunks]


def test_a_chunk_without_a_head_gets_one_and_the_next_the_same() -> None:
    first, second = streamed([{"choices": [{"delta": {"content": "a"}}]}, {"id": "", "choices": None}], "heads")
    assert first["id"] == second["id"] != ""
    assert (first["object"], first["model"]) == ("chat.completion.chunk", "m")
    assert first["choices"][0]["index"] == 0
    assert second["choices"] == []


def test_a_chunk_with_a_head_is_not_looked_into() -> None:
    mender = Mender(["heads"], "p", "m", "chat.completion.chunk")
    whole = frame(
        b'{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"delta":{"content":"hi"}}]}'
    )
    assert mender.block(whole) is whole


def test_mistrals_thoughts_and_texts_are_told_apart() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm "}, {"type": "text", "text": "yes"}]}
    content = [thought, {"type": "text", "text": "42"}]
    answer = mended({"choices": [{"message": {"content": content}}]}, "content_parts")
    assert answer["choices"][0]["message"] == {"content": "42", "reasoning_content": "hm yes"}


def test_moonshots_usage_leaves_the_choice() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop", "usage": usage}]}
    (chunk,) = streamed([last], "usage_in_choice")
    assert chunk["usage"] == usage
    assert "usage" not in chunk["choices"][0]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("eos", "stop"), ("eos_token", "stop"), ("model_context_window_exceeded", "length"), ("length", "length")],
)
def test_finish_reasons_go_by_openais_names(theirs: str, ours: str) -> None:
    (chunk,) = streamed([{"choices": [{"index": 0, "delta": {}, "finish_reason": theirs}]}], "finish_reason")
    assert chunk["choices"][0]["finish_reason"] == ours


@pytest.mark.parametrize(("code", "status"), [(1004, 401), (1002, 429), (2013, 400), (1000, 502)])
def test_minimaxs_refusals_are_errors(code: int, status: int) -> None:
    with pytest.raises(UpstreamError, match="no luck") as caught:
        mended({"choices": None, "base_resp": {"status_code": code, "status_msg": "no luck"}}, "base_resp")
    assert caught.value.status == status
    assert mended({"choices": [], "base_resp": {"status_code": 0, "status_msg": ""}}, "base_resp")["choices"] == []


def test_an_error_within_a_choice_is_raised() -> None:
    broken = {"choices": [{"index": 0, "delta": {}, "error": {"code": 503, "message": "no capacity"}}]}
    with pytest.raises(UpstreamError, match="no capacity") as caught:
        streamed([broken], "choice_error")
    assert caught.value.status == 503


def test_calls_are_the_reason_when_there_are_calls() -> None:
    call = {"function": {"name": "f", "arguments": {"x": 1}}}
    answer = mended({"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "stop"}]}, "tool_calls")
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    (told,) = choice["message"]["tool_calls"]
    assert told["id"].startswith("call_")
    assert told["type"] == "function"
    assert json.loads(told["function"]["arguments"]) == {"x": 1}


def test_calls_that_share_an_index_are_told_apart_by_their_ids() -> None:
    first, second = calls(
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}],
        [{"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}}],
    )
    assert (first[0]["index"], second[0]["index"]) == (0, 1)


def test_calls_without_an_index_or_an_id_are_told_apart_by_their_names() -> None:
    first, more, second = calls(
        [{"function": {"name": "f", "arguments": ""}}],
        [{"function": {"arguments": "{}"}}],
        [{"function": {"name": "g", "arguments": {"x": 1}}}],
    )
    assert [piece[0]["index"] for piece in (first, more, second)] == [0, 0, 1]
    assert first[0]["id"] != second[0]["id"]
    assert second[0]["function"]["arguments"] == '{"x":1}'


def test_several_pieces_of_a_call_in_one_chunk_are_one() -> None:
    head = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}
    ((call,),) = calls(
        [head, {"index": 0, "function": {"arguments": '"x":'}}, {"index": 0, "function": {"arguments": "1}"}}]
    )
    assert call["function"] == {"name": "f", "arguments": '{"x":1}'}


def test_a_name_is_said_once() -> None:
    _, rest = calls(
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}],
        [{"index": 0, "id": "", "type": None, "function": {"name": "", "arguments": "{}"}}],
    )
    assert rest == [{"index": 0, "function": {"arguments": "{}"}}]


def test_embeddings_without_usage_get_one_of_zeros() -> None:
    assert json.loads(with_usage(b'{"data":[]}'))["usage"] == {"prompt_tokens": 0, "total_tokens": 0}
    told = b'{"data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}'
    assert with_usage(told) is told
