"""A request that a model is known not to serve is refused before it is sent, saying why."""

import json
from typing import Any

import pytest

from llama_stack.apis.errors import UnsupportedError
from llama_stack.apis.inference import ChatCompletionRequest, CompletionRequest, EmbeddingsRequest
from llama_stack.apis.models import Model
from llama_stack.core.routers.fitness import refuse_unfit

TOOLS = [{"type": "function", "function": {"name": "f"}}]
IMAGE = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]


def model(**facts: Any) -> Model:
    return Model(identifier="m", provider_id="p", provider_resource_id="m", metadata=facts)


def chat(content: Any = "hi", **fields: Any) -> ChatCompletionRequest:
    messages = [{"role": "user", "content": content}]
    return ChatCompletionRequest.from_wire(json.dumps({"model": "m", "messages": messages, **fields}).encode())


def embeddings(**fields: Any) -> EmbeddingsRequest:
    return EmbeddingsRequest.from_wire(json.dumps({"model": "m", "input": "hi", **fields}).encode())


@pytest.mark.parametrize(
    ("facts", "request_", "param", "why"),
    [
        ({"tools": False}, chat(tools=TOOLS), "tools", "cannot call tools"),
        ({"input_modalities": ["text"]}, chat(IMAGE), "messages[0].content[1]", "reads text, not images"),
        ({"output_modalities": ["image"]}, chat(), "model", "makes image, not text"),
        ({"embedding_dimension": 384}, embeddings(dimensions=512), "dimensions", "384 dimensions; 512 were asked for"),
    ],
    ids=["tools", "image", "output", "dimensions"],
)
def test_what_a_model_is_known_not_to_do_is_refused(facts: Any, request_: Any, param: str, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why) as caught:
        refuse_unfit(model(**facts), request_)
    assert caught.value.param == param
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("facts", "request_"),
    [
        ({}, chat(IMAGE, tools=TOOLS)),
        ({"context_length": 8}, chat(IMAGE, tools=TOOLS)),
        ({"tools": True, "input_modalities": ["text", "image"]}, chat(IMAGE, tools=TOOLS)),
        ({"tools": False}, chat(tools=[])),
        ({"tools": False}, chat('say "tools"')),
        ({"input_modalities": ["text"]}, chat('say "image_url"')),
        ({"output_modalities": ["text", "image"]}, chat()),
        ({"embedding_dimension": 384}, embeddings(dimensions=128)),
        ({"embedding_dimension": 384}, embeddings()),
        ({"output_modalities": ["embeddings"]}, embeddings()),
        ({"tools": False}, CompletionRequest(model="m", prompt='"tools"')),
    ],
    ids=str,
)
def test_what_it_can_do_or_nothing_is_known_of_is_let_through(facts: Any, request_: Any) -> None:
    refuse_unfit(model(**facts), request_)


def test_a_request_made_of_objects_is_looked_at_as_well() -> None:
    request = ChatCompletionRequest(model="m", messages=[{"role": "user", "content": "hi"}], tools=TOOLS)  # type: ignore[list-item, arg-type]
    with pytest.raises(UnsupportedError):
        refuse_unfit(model(tools=False), request)
