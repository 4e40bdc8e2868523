"""llama.cpp in its child process, with real and tiny models: what it answers."""

import base64
import json
import struct
from typing import Any

import jsonschema
import pytest

from llama_stack.apis.errors import BadRequestError, UnsupportedError
from llama_stack.apis.inference import CompletionRequest, EmbeddingsRequest, RerankRequest
from tests.support.llama_models import CITY, HELLO, NEVER_ENDS, TOOLS, Make, ask, chunks

pytestmark = pytest.mark.anyio


async def test_streamed_and_whole_answers_are_the_same(make: Make) -> None:
    provider = make()
    whole = await ask(provider, seed=7)
    streamed = await chunks(provider, seed=7, stream_options={"include_usage": True})
    text = "".join(c["choices"][0]["delta"].get("content") or "" for c in streamed if c["choices"])
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": text}
    assert whole["choices"][0]["finish_reason"] == "stop"
    assert (whole["object"], whole["model"]) == ("chat.completion", "tiny-chat")
    usage = whole["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert streamed[-1]["usage"]["completion_tokens"] == usage["completion_tokens"]


async def test_a_stream_has_usage_only_when_it_was_asked_for(make: Make) -> None:
    assert not any("usage" in chunk for chunk in await chunks(make(), max_tokens=3))


async def test_logprobs_several_choices_and_stops(make: Make) -> None:
    provider = make()
    answer = await ask(provider, n=2, logprobs=True, top_logprobs=2, max_tokens=3, logit_bias={"258": -100})
    assert [choice["index"] for choice in answer["choices"]] == [0, 1]
    for choice in answer["choices"]:
        assert [len(token["top_logprobs"]) for token in choice["logprobs"]["content"]] == [2, 2, 2]
    assert answer["usage"]["completion_tokens"] == 6
    stopped = await ask(provider, stop=["a", "e", "i", "o", "s", "t", "l", "r", "n"], **NEVER_ENDS)
    assert stopped["choices"][0]["finish_reason"] == "stop"


async def test_texts_are_continued_whole_streamed_and_several_at_once(make: Make) -> None:
    provider = make()
    fields = {"model": "tiny-chat", "seed": 3, "max_tokens": 8, "logit_bias": {"258": -100}}
    whole = await provider.post_completion(CompletionRequest(prompt="Once", **fields))
    stream = await provider.post_completion(CompletionRequest(prompt="Once", stream=True, **fields))
    assert "".join([event.delta async for event in stream]) == whole.delta
    assert whole.object == "text_completion"
    several = await provider.post_completion(CompletionRequest(prompt=["a", "b"], **fields))
    assert [choice.index for choice in several.choices] == [0, 1]
    assert (await provider.post_completion(CompletionRequest(prompt=[97, 98], **fields))).usage.prompt_tokens == 2


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "time"}}])
async def test_a_demanded_tool_call_is_made(make: Make, choice: Any, stream: bool) -> None:
    provider = make()
    for seed in range(5):
        asked = {"tools": TOOLS, "tool_choice": choice, "seed": seed}
        if stream:
            events = await chunks(provider, **asked)
            deltas = [call for e in events for call in e["choices"][0]["delta"].get("tool_calls", ())]
            assert not any(e["choices"][0]["delta"].get("content") for e in events)
            call = {**deltas[0], "function": dict(deltas[0]["function"])}
            call["function"]["arguments"] = "".join(delta["function"]["arguments"] for delta in deltas)
            reason = events[-1]["choices"][0]["finish_reason"]
        else:
            (answered,) = (await ask(provider, **asked))["choices"]
            (call,), reason = answered["message"]["tool_calls"], answered["finish_reason"]
            assert answered["message"]["content"] is None
        assert (call["type"], call["id"][:5], reason) == ("function", "call_", "tool_calls")
        assert call["function"]["name"] in ({"time"} if choice != "required" else {"weather", "time"})
        jsonschema.validate(json.loads(call["function"]["arguments"]), CITY)


async def test_tools_and_their_results_are_put_before_the_model(make: Make) -> None:
    provider = make()
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Rome"}'}}
    turn = [*HELLO, {"role": "assistant", "content": None, "tool_calls": [call]}]
    turn += [{"role": "tool", "tool_call_id": "call_1", "content": "sunny"}]
    plain = await ask(provider, max_tokens=1)
    told = await ask(provider, messages=turn, tools=TOOLS, max_tokens=1)
    assert told["usage"]["prompt_tokens"] > plain["usage"]["prompt_tokens"] + len(json.dumps(TOOLS))


async def test_structured_answers_fit_their_schema(make: Make) -> None:
    provider = make()
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 8},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}, "maxItems": 3},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
        },
        "required": ["name", "tags", "age"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "person", "strict": True, "schema": schema}}
    for seed in range(5):
        answer = await ask(provider, response_format=wanted, seed=seed)
        jsonschema.validate(json.loads(answer["choices"][0]["message"]["content"]), schema)
    either = await ask(provider, grammar='root ::= "yes" | "no"')
    assert either["choices"][0]["message"]["content"] in {"yes", "no"}
    loose = await ask(provider, response_format={"type": "json_object"}, max_tokens=2000, seed=1)
    assert loose["choices"][0]["message"]["content"].startswith("{")


async def test_texts_are_embedded_as_floats_and_base64(make: Make) -> None:
    provider = make("tiny-embedding.gguf")
    request = {"model": "tiny-embedding", "input": ["one", "two", "one"]}
    floats = await provider.post_embeddings(EmbeddingsRequest(**request))
    packed = await provider.post_embeddings(EmbeddingsRequest(**request, encoding_format="base64", dimensions=64))
    vectors = [row.embedding for row in floats.data]
    assert [len(vector) for vector in vectors] == [64, 64, 64]
    assert vectors[0] == pytest.approx(vectors[2], abs=1e-6)
    assert vectors[0] != pytest.approx(vectors[1], abs=1e-2)
    assert struct.unpack("<64f", base64.b64decode(packed.data[1].embedding)) == pytest.approx(vectors[1], abs=1e-6)
    assert floats.usage.prompt_tokens == 9
    assert len((await provider.post_embeddings(EmbeddingsRequest(model="tiny-embedding", input="x" * 3000))).data) == 1
    with pytest.raises(UnsupportedError, match="vectors of 64 numbers"):
        await provider.post_embeddings(EmbeddingsRequest(**request, dimensions=32))
    with pytest.raises(BadRequestError) as failure:
        await provider.post_embeddings(EmbeddingsRequest(model="tiny-embedding", input="x" * 5000))
    assert (failure.value.code, failure.value.param) == ("context_length_exceeded", "input")


async def test_items_are_ranked_the_best_first(make: Make) -> None:
    items = ["one", {"type": "text", "text": "two"}, "three"]
    request = RerankRequest(model="tiny-rerank", query="one", items=items, max_num_results=2)
    ranked = (await make("tiny-rerank.gguf").rerank(request)).data
    assert len(ranked) == 2
    assert ranked[0].relevance_score >= ranked[1].relevance_score
