"""Requests that demand a tool call, and what is made of the JSON that comes back."""

import json
from typing import Any

import jsonschema
import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.providers.inline.inference.llama_cpp.tools import CallSplitter, ForcedCalls, forcing

CITY = {"type": "object", "properties": {"city": {"$ref": "#/$defs/City"}}, "$defs": {"City": {"enum": ["Rome"]}}}


def tool(name: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **({"parameters": parameters} if parameters else {})}}


def named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("choice", [None, "auto", "none"])
def test_a_free_choice_changes_nothing(choice: str | None) -> None:
    assert forcing({"tools": [tool("time")], "tool_choice": choice}) is None


def test_the_schema_takes_any_tool_when_one_is_required_and_that_one_when_it_is_named() -> None:
    tools = [tool("weather", CITY), tool("time")]
    for choice, fits in (("required", (True, True, False)), (named("time"), (False, True, False))):
        changes = forcing({"tools": tools, "tool_choice": choice})
        assert changes is not None
        assert changes["tool_choice"] == "none"
        check = jsonschema.Draft202012Validator(changes["response_format"]["json_schema"]["schema"])
        weather = {"name": "weather", "arguments": {"city": "Rome"}}
        elsewhere = {"name": "weather", "arguments": {"city": "Paris"}}
        assert tuple(map(check.is_valid, (weather, {"name": "time", "arguments": {}}, elsewhere))) == fits


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (named("tide"), "tool_choice asks for 'tide'; tools has weather"),
        ({"type": "allowed_tools"}, "tool_choice: write"),
    ],
)
def test_a_choice_that_cannot_be_met_is_refused(choice: Any, message: str) -> None:
    with pytest.raises(BadRequestError, match=message) as failure:
        forcing({"tools": [tool("weather")], "tool_choice": choice})
    assert failure.value.param == "tool_choice"


def test_a_required_call_needs_tools() -> None:
    with pytest.raises(BadRequestError, match="asks for a tool; tools has none"):
        forcing({"tool_choice": "required"})


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("arguments", ['{"a": "}\\"{", "b": [{}, {"c": 1}]}', "{}", '{"text": "\\\\"}'])
def test_a_call_is_told_piece_by_piece(size: int, arguments: str) -> None:
    splitter = CallSplitter()
    text = f' {{ "name" : "say\\u00e9" , "arguments" :  {arguments} }} '
    told = [call for piece in pieces(text, size) if (call := splitter.feed(piece))]
    assert told[0]["id"].startswith("call_")
    assert told[0]["function"]["name"] == "sayé"
    assert "".join(call["function"]["arguments"] for call in told) == arguments
    assert all("id" not in call and call["index"] == 0 for call in told[1:])


def test_chunks_that_hold_nothing_are_left_out_and_the_end_says_tool_calls() -> None:
    calls = ForcedCalls()
    assert calls.feed({"choices": [{"index": 0, "delta": {"content": '{"name": '}, "finish_reason": None}]}) is None
    last = {"choices": [{"index": 0, "delta": {"content": '"x", "arguments": {}}'}, "finish_reason": "stop"}]}
    told = calls.feed(last)
    assert told is not None
    assert told["choices"][0]["finish_reason"] == "tool_calls"
    assert json.loads(told["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"]) == {}
    usage = {"choices": [], "usage": {"total_tokens": 3}}
    assert calls.feed(usage) is usage


def test_a_call_cut_short_keeps_the_reason() -> None:
    calls = ForcedCalls()
    told = calls.feed({"choices": [{"index": 0, "delta": {"content": '{"na'}, "finish_reason": "length"}]})
    assert told == {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
