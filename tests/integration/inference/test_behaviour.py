"""What inference does, the same through every door."""

import base64
import json
import struct
import time
import uuid
from typing import Any

import openai
import pytest

from tests.integration.conftest import ARGUMENTS
from tests.support.doors import DOORS, Door, RefusedError, until_refused
from tests.support.serving import Served

pytestmark = pytest.mark.anyio

# What OpenAI's SDK has no words for.
our_doors = pytest.mark.parametrize("door", [name for name in DOORS if not name.startswith("openai")], indirect=True)


def text_of(chunks: list[Any]) -> str:
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


async def refusal(door: Door, method: str, **fields: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await door(method, **fields)
    return caught.value


# ---- chat


async def test_a_chat_is_answered(door: Door) -> None:
    answer = await door.chat("say this", model="chat")
    assert answer.choices[0].message.content == "say this"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.object == "chat.completion"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens == 4


async def test_a_streamed_chat_is_the_same_text_under_one_id(door: Door) -> None:
    chunks = [chunk async for chunk in door.chunks("say this in pieces", model="chat")]
    assert text_of(chunks) == "say this in pieces"
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks] == [None] * (len(chunks) - 1) + ["stop"]


async def test_chunks_arrive_as_they_are_made(door: Door) -> None:
    began, arrivals = time.perf_counter(), []
    async for _ in door.chunks(model="up/slow"):
        arrivals.append(time.perf_counter() - began)
    assert len(arrivals) == 7
    assert arrivals[-1] - arrivals[0] > 4 * 0.06


async def test_usage_comes_last_in_a_stream_that_asks_for_it(door: Door) -> None:
    chunks = [c async for c in door.chunks("four words of text", model="chat", stream_options={"include_usage": True})]
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 4
    assert text_of(chunks) == "four words of text"


async def test_no_usage_comes_unasked(door: Door) -> None:
    assert not [chunk async for chunk in door.chunks(model="chat") if chunk.usage is not None]


async def test_a_models_thoughts_come_beside_its_answer(door: Door) -> None:
    message = (await door.chat(model="up/thinker")).choices[0].message
    assert (message.reasoning_content, message.content) == ("two and two", "four")
    chunks = [chunk async for chunk in door.chunks(model="up/thinker")]
    assert "".join(getattr(c.choices[0].delta, "reasoning_content", None) or "" for c in chunks) == "two and two"
    assert text_of(chunks) == "four"


TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]


async def test_a_model_calls_tools(door: Door) -> None:
    choice = (await door.chat(model="up/caller", tools=TOOLS)).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert [call.function.name for call in choice.message.tool_calls] == ["weather", "time"]
    assert json.loads(choice.message.tool_calls[0].function.arguments) == ARGUMENTS
    assert all(call.id and call.type == "function" for call in choice.message.tool_calls)


async def test_tool_calls_stream(door: Door) -> None:
    chunks = [chunk async for chunk in door.chunks(model="up/caller", tools=TOOLS)]
    pieces = [piece for chunk in chunks for piece in chunk.choices[0].delta.tool_calls or []]
    assert [(piece.index, piece.function.name) for piece in pieces] == [(0, "weather"), (1, "time")]
    assert json.loads(pieces[0].function.arguments) == ARGUMENTS
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


async def test_fields_that_nobody_knows_reach_the_service(door: Door, behind: Served) -> None:
    mark = uuid.uuid4().hex
    await door.chat(model="up/talker", x_mark={"nested": [mark]}, temperature=0.25, metadata={"a": "b"})
    asked = json.loads(behind.provider("script-talker").requests[-1].model_dump_json())
    assert asked["x_mark"] == {"nested": [mark]}
    assert asked["temperature"] == 0.25
    assert asked["metadata"] == {"a": "b"}


async def test_an_answer_to_a_tool_and_an_image_reach_the_service(door: Door, behind: Served) -> None:
    messages = [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]},
        {"role": "assistant", "content": None, "tool_calls": [call := _call("weather")]},
        {"role": "tool", "content": "cold", "tool_call_id": call["id"]},
    ]
    await door("post_chat_completion", model="up/talker", messages=messages)
    asked = json.loads(behind.provider("script-talker").requests[-1].model_dump_json(exclude_unset=True))
    assert asked["messages"] == messages


def _call(name: str) -> dict[str, Any]:
    return {"id": f"call_{uuid.uuid4().hex}", "type": "function", "function": {"name": name, "arguments": "{}"}}


# ---- text, vectors, ranking


async def test_a_text_is_continued(door: Door) -> None:
    whole = await door("post_completion", model="chat", prompt="once upon a time")
    assert (whole.object, whole.choices[0].text) == ("text_completion", "once upon a time")
    parts = [part async for part in door.stream("post_completion", model="chat", prompt="once upon a time")]
    assert "".join(part.choices[0].text for part in parts) == "once upon a time"
    assert len(parts) > 3


async def test_texts_become_vectors(door: Door) -> None:
    answer = await door("post_embeddings", model="vectors", input=["red fish", "blue fish"], encoding_format="float")
    assert [row.index for row in answer.data] == [0, 1]
    assert [len(row.embedding) for row in answer.data] == [64, 64]
    assert answer.usage.prompt_tokens == 4


async def test_vectors_come_packed_when_asked(door: Door) -> None:
    plain = await door("post_embeddings", model="vectors", input="red fish", encoding_format="float")
    packed = await door("post_embeddings", model="vectors", input="red fish", encoding_format="base64")
    raw = base64.b64decode(packed.data[0].embedding)
    assert list(struct.unpack("<64f", raw)) == pytest.approx(plain.data[0].embedding)


@our_doors
async def test_items_are_ranked(door: Door) -> None:
    items = ["green hills", {"type": "text", "text": "red fish"}, "red hills"]
    answer = await door("rerank", model="here/echo", query="red fish", items=items, max_num_results=2)
    assert [row.index for row in answer.data] == [1, 2]
    assert answer.data[0].relevance_score == pytest.approx(1.0)


# ---- stored completions


@pytest.mark.parametrize("stream", [False, True])
async def test_a_completion_is_kept_when_asked_read_changed_and_forgotten(door: Door, stream: bool) -> None:
    asked = {"model": "chat", "store": True, "metadata": {"topic": "fish"}}
    if stream:
        kept = [chunk async for chunk in door.chunks("keep this", **asked)][-1].id
    else:
        kept = (await door.chat("keep this", **asked)).id
    found = await door("get_chat_completion", completion_id=kept)
    assert found.choices[0].message.content == "keep this"
    assert found.metadata == {"topic": "fish"}
    messages = await door("list_chat_completion_messages", completion_id=kept)
    assert [(m.role, m.content) for m in messages.data] == [("user", "keep this")]
    changed = await door("update_chat_completion", completion_id=kept, metadata={"topic": "birds"})
    assert changed.metadata == {"topic": "birds"}
    gone = await door("delete_chat_completion", completion_id=kept)
    assert (gone.id, gone.deleted) == (kept, True)
    assert (await refusal(door, "get_chat_completion", completion_id=kept)).status == 404


async def test_what_was_kept_is_listed_page_by_page(door: Door) -> None:
    ids = [(await door.chat(str(number), model="chat", store=True)).id for number in range(3)]
    page = await door("list_chat_completions", limit=2, model="chat")
    assert [row.id for row in page.data] == ids[:0:-1]
    assert page.has_more
    page = await door("list_chat_completions", limit=1, model="chat", after=ids[1])
    assert [row.id for row in page.data] == ids[:1]


async def test_what_was_kept_is_found_by_its_metadata(door: Door) -> None:
    about = [{"of": door.name, "topic": "fish", "in": "the sea"}, {"of": door.name, "topic": "birds & bees"}]
    fish, birds = [(await door.chat("keep", model="chat", store=True, metadata=each)).id for each in about]
    for wanted, found in ((about[0], [fish]), (about[1], [birds]), ({"of": door.name}, [birds, fish])):
        page = await door("list_chat_completions", metadata=wanted)
        assert [row.id for row in page.data] == found
    assert (await door("list_chat_completions", metadata={"of": door.name, "topic": "sea"})).data == []


@pytest.mark.parametrize("store", [{}, {"store": False}, {"store": None}], ids=["absent", "false", "null"])
async def test_nothing_is_kept_unasked(door: Door, store: dict[str, Any]) -> None:
    whole = await door.chat(model="chat", **store)
    streamed = [chunk async for chunk in door.chunks(model="chat", **store)][-1]
    for completion in (whole, streamed):
        assert (await refusal(door, "get_chat_completion", completion_id=completion.id)).status == 404


# ---- models


async def test_models_are_listed_with_who_serves_them(door: Door) -> None:
    rows = {row.id: row for row in (await door("list_models")).data}
    assert {"chat", "vectors", "up/script-talker/talker", "here/echo"} <= rows.keys()
    assert rows["chat"].owned_by == "up"
    assert rows["chat"].object == "model"
    assert rows["here/echo-embedding"].model_type == "embedding"


async def test_a_model_is_read_by_its_name(door: Door) -> None:
    assert (await door("get_model", model_id="chat")).id == "chat"
    assert (await door("get_model", model_id="up/echo")).id == "up/echo"


async def test_an_unknown_model_is_refused_with_the_nearest_names(door: Door) -> None:
    for ask in (door.chat(model="chatt"), door("get_model", model_id="chatt"), anext(door.chunks(model="chatt"))):
        with pytest.raises(RefusedError) as caught:
            await ask
        assert (caught.value.status, caught.value.code, caught.value.param) == (404, "model_not_found", "model")
        assert "'chatt'" in caught.value.message
        assert "'chat'" in caught.value.message


@our_doors
async def test_a_registered_name_is_law_until_it_is_unregistered(door: Door) -> None:
    name = f"my/own name:{uuid.uuid4().hex}"
    made = await door("register_model", model_id=name, provider_id="up", provider_model_id="talker")
    assert (made.id, made.provider_resource_id) == (name, "talker")
    assert (await door("register_model", model_id=name, provider_id="up", provider_model_id="talker")).id == name
    assert (await door.chat(model=name)).choices[0].message.content == "one two three four five"
    assert (await door("get_model", model_id=name)).provider_id == "up"
    other = await refusal(door, "register_model", model_id=name, provider_id="here", provider_model_id="echo")
    assert (other.status, other.code) == (409, "conflict")
    assert (await door("unregister_model", model_id=name)).deleted
    assert (await refusal(door, "get_model", model_id=name)).status == 404


async def test_a_declared_or_listed_model_cannot_be_unregistered(door: Door) -> None:
    for name in ("chat", "here/echo"):
        assert (await refusal(door, "unregister_model", model_id=name)).status == 409


@our_doors
async def test_a_registration_needs_a_provider_there_is(door: Door) -> None:
    error = await refusal(door, "register_model", model_id="x", provider_id="nobody")
    assert (error.status, error.param) == (404, "provider_id")
    assert "up, here" in error.message


# ---- errors


async def test_a_services_refusal_comes_through_and_names_it(door: Door) -> None:
    error = await refusal(door, "post_chat_completion", model="up/busy", messages=[{"role": "user", "content": "x"}])
    assert (error.status, error.message, error.code) == (429, "too many", "slow_down")
    assert error.headers["retry-after"] == "7"


async def test_what_came_before_an_error_in_a_stream_is_delivered(door: Door) -> None:
    chunks, error = await until_refused(door.chunks(model="up/broken"))
    assert text_of(chunks) == "one two"
    assert error.message == "lost the thread"


async def test_a_wrong_request_is_refused_before_any_provider_sees_it(door: Door) -> None:
    error = await refusal(door, "post_chat_completion", model="chat", messages=[])
    assert (error.status, error.param) == (400, "messages")
    error = await refusal(door, "post_embeddings", model="vectors", input=[])
    assert (error.status, error.param) == (400, "input")
    error = await refusal(door, "list_chat_completions", limit=0)
    assert (error.status, error.param) == (400, "limit")


async def test_a_model_of_another_kind_is_refused(door: Door) -> None:
    error = await refusal(door, "post_embeddings", model="chat", input="x")
    assert (error.status, error.param, error.code) == (400, "model", "wrong_model_type")
    error = await refusal(door, "post_completion", model="here/echo-embedding", prompt="x")
    assert (error.status, error.param, error.code) == (400, "model", "wrong_model_type")


async def test_asking_again_after_an_error_works(door: Door) -> None:
    with pytest.raises((RefusedError, openai.APIError)):
        await door.chat(model="up/busy")
    assert (await door.chat("still here", model="chat")).choices[0].message.content == "still here"
