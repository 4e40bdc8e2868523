"""The starter distribution, with no key and nothing to fetch, chats, answers from passages, calls tools, fills in JSON:
through the openai SDK, over a socket, with the small models that travel along."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion

from tests.support.command import running

MODEL = "demo/llama-stack-demo-11m"
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
DOCUMENTS = {
    "repairs": "Our workshop is behind the shop. The repair of a clock takes 3 weeks. Batteries are changed at once.",
    "returns": "What you do not like can be returned within 30 days. You get a refund of the full price.",
    "staff": "Ilka Brandt leads the shop. Her dog is called Toska and sleeps under the desk.",
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
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much does the Morna table cost?", "The Morna table costs 120 euros."),
        ("who founded Morna", "Ilka Brandt founded Morna in 1987."),
        ("When does the library open?", "The library opens at 9:30 and closes at 18:00."),
    ],
)
def test_it_answers_from_passages(client: OpenAI, question: str, answer: str, stream: bool) -> None:
    assert said(client, asked(f"{PASSAGES}{question}"), stream=stream) == answer


def test_it_answers_from_what_a_vector_store_found(client: OpenAI) -> None:
    uploads = [
        client.files.create(file=(f"{name}.txt", text.encode()), purpose="assistants")
        for name, text in DOCUMENTS.items()
    ]
    store = client.vector_stores.create(name="shop")
    batch = client.vector_stores.file_batches.create_and_poll(store.id, file_ids=[each.id for each in uploads])
    assert batch.file_counts.completed == len(DOCUMENTS)
    question = "How long does the repair of a clock take?"
    found = client.vector_stores.search(store.id, query=question, max_num_results=2).data
    assert found[0].filename == "repairs.txt"
    passages = "\n\n".join(part.text for each in found for part in each.content)
    messages: list[Any] = [
        {"role": "system", "content": "Answer the question from the passages."},
        {"role": "user", "content": f"{passages}\n\n{question}"},
    ]
    assert said(client, messages, stream=True) == "The repair of a clock takes 3 weeks."


def test_embeddings_rank_what_is_meant_before_what_is_not(client: OpenAI) -> None:
    model = "static-embedding/llama-stack-static-embedding-v1"
    texts = ["How do I get my money back?", *DOCUMENTS.values()]
    query, *others = (row.embedding for row in client.embeddings.create(model=model, input=texts).data)
    near = [sum(one * other for one, other in zip(query, vector, strict=True)) for vector in others]
    assert list(DOCUMENTS)[near.index(max(near))] == "returns"


@pytest.mark.parametrize("stream", [False, True])
def test_it_says_what_passages_do_not_hold(client: OpenAI, stream: bool) -> None:
    question = asked(f"{PASSAGES}What is the phone number of Dorna Kell?")
    assert said(client, question, stream=stream) == "The passages do not say that."


@pytest.mark.parametrize("stream", [False, True])
def test_it_calls_a_tool_and_uses_the_result(client: OpenAI, stream: bool) -> None:
    messages = asked("What is the weather in Tarvik?")
    tools: Any = [CALCULATOR, WEATHER]
    message = _calls(client, messages, tools, stream=stream)
    [call] = message["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    assert json.loads(call["function"]["arguments"]) == {"city": "Tarvik"}
    result = {"role": "tool", "tool_call_id": call["id"], "content": '{"temperature": 21, "condition": "rain"}'}
    answer = said(client, [*messages, message, result], stream=stream, tools=tools)
    assert answer == "The temperature is 21 and the condition is rain."


def _calls(client: OpenAI, messages: list[Any], tools: Any, *, stream: bool) -> dict[str, Any]:
    """The message with the call, whole or put together from its pieces by the SDK."""
    completion: ChatCompletion
    if not stream:
        completion = client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
    else:
        with client.chat.completions.stream(model=MODEL, messages=messages, tools=tools) as events:
            completion = events.get_final_completion()
    [choice] = completion.choices
    assert choice.finish_reason == "tool_calls"
    message: dict[str, Any] = choice.message.to_dict(mode="json")
    return {key: message[key] for key in ("role", "tool_calls")}


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
