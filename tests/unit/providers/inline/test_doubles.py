"""The honest test doubles: echo and scripted."""

import base64
import math
import struct
import time
from typing import Any

import pytest
from pydantic import ValidationError

from llama_stack.apis import Inference
from llama_stack.apis.errors import BadRequestError, UpstreamError
from llama_stack.core.face import face
from llama_stack.providers.inline.inference.echo import Echo, EchoConfig
from llama_stack.providers.inline.inference.scripted import Scripted, ScriptedConfig

pytestmark = pytest.mark.anyio

HELLO = [{"role": "system", "content": "be brief"}, {"role": "user", "content": " two  words\n"}]


class Calls:
    """Those methods of the API that a double has, callable with keywords."""

    def __init__(self, double: Any) -> None:
        for route in ("post_chat_completion", "post_completion", "post_embeddings", "rerank"):
            setattr(self, route, getattr(double, route, None))

    def __getattr__(self, name: str) -> None:
        return None


def echo(**config: Any) -> Any:
    return face(Inference, Calls(Echo(EchoConfig(**config), "echo")))


def scripted(*turns: dict[str, Any], **config: Any) -> Any:
    return face(Inference, Calls(Scripted(ScriptedConfig.model_validate({"turns": turns, **config}), "script")))


async def chat(api: Any, **wish: Any) -> Any:
    return await api.post_chat_completion(model="m", messages=HELLO, **wish)


# ---- echo


async def test_echo_says_what_it_was_told_whole_and_streamed() -> None:
    answer = await chat(echo())
    assert (answer.text, answer.model, answer.choices[0].finish_reason) == (" two  words\n", "m", "stop")
    chunks = [chunk async for chunk in await chat(echo(), stream=True, stream_options={"include_usage": True})]
    assert "".join(chunk.delta for chunk in chunks) == " two  words\n"
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert chunks[-1].choices == []
    assert chunks[-1].usage == answer.usage


async def test_echo_reads_the_text_parts_of_a_message() -> None:
    parts = [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "text", "text": "b"},
    ]
    answer = await echo().post_chat_completion(model="m", messages=[{"role": "user", "content": parts}])
    assert answer.text == "a b"


async def test_echo_continues_a_text_with_itself() -> None:
    assert (await echo().post_completion(model="m", prompt="a b")).choices[0].text == "a b"
    stream = await echo().post_completion(model="m", prompt="a b", stream=True)
    assert "".join([event.delta async for event in stream]) == "a b"
    with pytest.raises(BadRequestError, match="one prompt of text"):
        await echo().post_completion(model="m", prompt=[1, 2])


async def test_echos_vectors_have_length_one_and_are_near_for_texts_that_share_words() -> None:
    texts = ["red green blue", "red green black", "seven eight nine", ""]
    vectors = [row.embedding for row in (await echo(dimension=256).post_embeddings(model="m", input=texts)).data]
    assert all(math.isclose(math.hypot(*vector), 1) for vector in vectors)
    near, far = (sum(a * b for a, b in zip(vectors[0], other, strict=True)) for other in vectors[1:3])
    assert near > 0.5 > far


async def test_echos_vectors_come_packed_when_asked() -> None:
    plain = (await echo().post_embeddings(model="m", input="a")).data[0].embedding
    packed = (await echo().post_embeddings(model="m", input="a", encoding_format="base64")).data[0].embedding
    unpacked = struct.unpack("<64f", base64.b64decode(packed))
    assert unpacked == pytest.approx(plain)


async def test_echo_ranks_by_shared_words() -> None:
    ranked = await echo().rerank(model="m", query="red fox", items=["a bear", "the red fox", "fox"], max_num_results=2)
    assert [row.index for row in ranked.data] == [1, 2] or [row.index for row in ranked.data] == [2, 1]


# ---- scripted


async def test_scripted_gives_its_turns_one_by_one_and_then_says_so() -> None:
    api = scripted({"say": "one"}, {"say": "two"})
    assert [(await chat(api)).text, (await chat(api)).text] == ["one", "two"]
    with pytest.raises(BadRequestError, match="the script has 2 turns, and all have been given"):
        await chat(api)


async def test_scripted_begins_again_when_told_to() -> None:
    api = scripted({"say": "one"}, {"say": "two"}, repeat=True)
    assert [(await chat(api)).text for _ in range(5)] == ["one", "two", "one", "two", "one"]


async def test_scripted_thinks_and_calls_whole_and_streamed() -> None:
    turn = {"say": "done soon", "think": "hm", "call": [{"name": "f", "arguments": {"a": 1}}, {"name": "g"}]}
    api = scripted(turn, repeat=True)
    message = (await chat(api)).choices[0].message
    assert (message.content, message.reasoning_content) == ("done soon", "hm")
    assert [(c.function.name, c.function.arguments) for c in message.tool_calls] == [("f", '{"a":1}'), ("g", "{}")]
    chunks = [chunk async for chunk in await chat(api, stream=True)]
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(delta.content or "" for delta in deltas) == "done soon"
    assert [call.index for delta in deltas for call in delta.tool_calls or ()] == [0, 1]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_scripted_refuses_as_a_service_would() -> None:
    fail = {"status": 429, "message": "slow down", "code": "rate", "retry_after_seconds": 7}
    api = scripted({"fail": fail}, repeat=True)
    for stream in (False, True):
        with pytest.raises(UpstreamError, match="slow down") as caught:
            await chat(api, stream=stream)
        error = caught.value
        assert (error.status, error.code, error.provider_id) == (429, "rate", "script")
        assert error.headers == {"retry-after": "7"}


async def test_scripted_fails_after_its_words_in_a_stream() -> None:
    stream = await chat(scripted({"say": "so far", "fail": {}}), stream=True)
    said = []
    for _ in range(3):
        said.append((await anext(stream)).delta)
    with pytest.raises(UpstreamError, match="scripted failure"):
        await anext(stream)
    assert "".join(said) == "so far"


async def test_scripted_takes_its_time() -> None:
    begun = time.monotonic()
    stream = await chat(scripted({"say": "a b", "wait_seconds": 0.05, "pause_seconds": 0.02}), stream=True)
    assert time.monotonic() - begun >= 0.05
    assert "".join([chunk.delta async for chunk in stream]) == "a b"
    assert time.monotonic() - begun >= 0.1


async def test_scripted_keeps_what_it_was_asked() -> None:
    double = Scripted(ScriptedConfig.model_validate({"turns": [{"say": "x"}], "model": "actor"}), "script")
    await chat(face(Inference, Calls(double)), temperature=0.5)
    assert double.requests[0].temperature == 0.5
    assert [model.provider_resource_id for model in await double.list_models()] == ["actor"]


def test_a_script_is_checked() -> None:
    with pytest.raises(ValidationError, match="says"):
        ScriptedConfig.model_validate({"turns": [{"says": "x"}]})
