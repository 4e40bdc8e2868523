"""The starter distribution, with no key and nothing to fetch, chats, calls tools and fills in JSON: through the openai
SDK, over a socket, with the small model that travels along."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI

from tests.support.command import running

MODEL = "demo/llama-stack-demo-2m"
NOBODY = "http://127.0.0.1:9"  # the port where no one listens: what goes out goes nowhere
PASSAGES = """\
Use the context to answer.

[1] The Velka lamp costs 34 euros. It is made of glass.
[2] The Morna table costs 120 euros. Ilka Brandt founded Morna in 1987.
[3] The library opens at 9:30 and closes at 18:00.

"""
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALCULATOR = {
    "type": "function",
    "function": {
        "name": "calculator",
        "description": "Evaluate an arithmetic expression",
        "parameters": {"type": "object", "properties": {"expression": {"type": "string"}}, "required": ["expression"]},
    },
}
LAMP = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "price": {"type": "string"}},
    "required": ["name", "price"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    folder = tmp_path_factory.mktemp("starter")
    env = {
        "PATH": os.environ["PATH"],
        "SQLITE_STORE_DIR": str(folder),
        "LLAMA_STACK_CONFIG_DIR": str(folder),
        "HTTP_PROXY": NOBODY,
        "HTTPS_PROXY": NOBODY,
    }
    with (
        running("starter", "--port", "0", env=env) as (url, _, _),
        OpenAI(base_url=f"{url}/v1", api_key="none") as client,
    ):
        yield client


def said(client: OpenAI, messages: list[Any], *, stream: bool, **options: Any) -> str:
    """The answer, whole or put together from its pieces."""
    if not stream:
        return (
            client.chat.completions.create(model=MODEL, messages=messages, **options).choices[0].message.content or ""
        )
    chunks = client.chat.completions.create(model=MODEL, messages=messages, stream=True, **options)
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert len(pieces) > 3
    return "".join(pieces)


def asked(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


def test_it_is_the_one_model_that_chats(client: OpenAI) -> None:
    listed = [model.to_dict() for model in client.models.list()]
    assert [model["id"] for model in listed if model["model_type"] == "llm"] == [MODEL]


@pytest.mark.parametrize("stream", [False, True])
def test_it_says_what_it_is_and_how_to_use_llama_stack(client: OpenAI, stream: bool) -> None:
    assert "tiny demonstration model" in said(client, asked("Who are you?"), stream=stream)
    assert "`llama stack run starter`" in said(client, asked("How do I start the server?"), stream=stream)


@pytest.mark.parametrize("stream", [False, True])
def test_it_says_what_passages_do_not_hold(client: OpenAI, stream: bool) -> None:
    question = asked(f"{PASSAGES}What is the phone number of Dorna Kell?")
    assert said(client, question, stream=stream) == "The passages do not say that."


def test_it_calls_a_tool_and_uses_the_result(client: OpenAI) -> None:
    messages = asked("What is the weather in Tarvik?")
    tools: Any = [CALCULATOR, WEATHER]
    [choice] = client.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls or []
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Tarvik"})
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"temperature": 21, "condition": "rain"}'}
    messages += [choice.message.model_dump(exclude_none=True), result]
    answer = said(client, messages, stream=True, tools=tools)
    assert "21" in answer
    assert "rain" in answer


@pytest.mark.parametrize("stream", [False, True])
def test_it_fills_in_a_schema(client: OpenAI, stream: bool) -> None:
    question = asked("Extract name and price as JSON.\n\nThe Velka lamp costs 34 euros.")
    schema = {"type": "json_schema", "json_schema": {"name": "lamp", "schema": LAMP}}
    answer = json.loads(said(client, question, stream=stream, response_format=schema))
    assert answer["price"] == "34 euros"
    assert set(answer) == {"name", "price"}


def test_it_tells_the_command_that_brings_a_better_model(client: OpenAI) -> None:
    [model] = [model.to_dict() for model in client.models.list() if model.id == MODEL]
    assert model["metadata"]["better"].startswith("LLAMA_MODEL=hf:")  # type: ignore[index]
