"""llama.cpp in its child process: real models, tiny ones, and what happens when something goes wrong."""

import asyncio
import base64
import json
import os
import signal
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from llama_stack.apis.errors import BadRequestError, UnavailableError, UnsupportedError
from llama_stack.apis.inference import ChatCompletionRequest, CompletionRequest, EmbeddingsRequest, RerankRequest
from llama_stack.apis.models import Model
from llama_stack.providers.inline.inference.llama_cpp import LlamaCpp, LlamaCppConfig
from llama_stack.testing.tiny_gguf import tiny_chat_gguf, tiny_embedding_gguf, tiny_rerank_gguf

pytestmark = pytest.mark.anyio

HELLO = [{"role": "user", "content": "hello"}]
NEVER_ENDS = {"logit_bias": {"258": -100}, "max_tokens": 4000}  # 258 ends an answer
CITY = {
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/City"}},
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"City": {"enum": ["Rome", "Oslo"]}},
}
TOOLS = [{"type": "function", "function": {"name": name, "parameters": CITY}} for name in ("weather", "time")]

Make = Callable[..., LlamaCpp]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three models: chat, embedding, rerank."""
    folder = tmp_path_factory.mktemp("models")
    for make in (tiny_chat_gguf, tiny_embedding_gguf, tiny_rerank_gguf):
        make(folder)
    return folder


@pytest.fixture
async def make(models: Path) -> AsyncIterator[Make]:
    """Makes providers; `llama.cpp` of each is gone when the test is over."""
    made: list[LlamaCpp] = []

    def provider(model: str | None = "tiny-chat.gguf", **config: Any) -> LlamaCpp:
        path = str(models / model) if model else None
        made.append(LlamaCpp(LlamaCppConfig(model=path, **{"threads": 1} | config), "llama-cpp"))
        return made[-1]

    yield provider
    for each in made:
        await each.__aexit__(None, None, None)


def chat(model: str = "tiny-chat", messages: Any = HELLO, **fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.from_wire(json.dumps({"model": model, "messages": messages, **fields}).encode())


async def ask(provider: LlamaCpp, **fields: Any) -> dict[str, Any]:
    answer = await provider.post_chat_completion(chat(**fields))
    return json.loads(answer.wire)


async def chunks(provider: LlamaCpp, **fields: Any) -> list[dict[str, Any]]:
    async with await provider.post_chat_completion(chat(**fields, stream=True)) as stream:
        return [json.loads(chunk.wire) async for chunk in stream]


def process_of(provider: LlamaCpp) -> asyncio.subprocess.Process:
    (engine,) = provider.engines._engines.values()
    return engine._child.process


async def first_chunk(provider: LlamaCpp, **fields: Any) -> Any:
    stream = await provider.post_chat_completion(chat(**NEVER_ENDS, **fields, stream=True))
    await anext(stream)
    return stream


# ---- answers


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


# ---- what the caller got wrong


@pytest.mark.parametrize("stream", [False, True])
async def test_an_over_long_prompt_is_refused_before_anything_is_answered(make: Make, stream: bool) -> None:
    provider = make(context_length=256, parallel_requests=4)
    long = [{"role": "user", "content": "word " * 100}]
    with pytest.raises(BadRequestError) as failure:
        await provider.post_chat_completion(chat(messages=long, stream=stream))
    assert failure.value.code == "context_length_exceeded"
    assert failure.value.message == "tiny-chat takes 256 tokens a request (context_length), and this one has 519"
    fits = [{"role": "user", "content": "word " * 40}]  # each of the four has the whole length for itself
    assert (await ask(provider, messages=fits, max_tokens=2))["usage"]["prompt_tokens"] > 200


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"grammar": "root ::= ((("}, "failed to parse grammar"),
        (
            {"temperature": 1, "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "odd"}}}},
            "odd",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}],
                    }
                ]
            },
            "image input is not supported",
        ),
        ({"tools": [{"type": "function"}]}, "Missing tool function"),
        ({"tools": TOOLS, "tool_choice": "any"}, "Invalid tool_choice: any"),
        ({"functions": [{"name": "old"}]}, "has no functions"),
    ],
)
async def test_the_callers_mistakes_are_the_callers(make: Make, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        await ask(make(), **fields)


async def test_a_model_does_only_what_it_is_for(make: Make, models: Path) -> None:
    provider = make()
    with pytest.raises(
        BadRequestError, match="tiny-chat is a model of type llm; this call needs one of type embedding"
    ):
        await provider.post_embeddings(EmbeddingsRequest(model="tiny-chat", input="x"))
    with pytest.raises(BadRequestError, match="of type embedding; this call needs one of type llm"):
        await ask(provider, model=str(models / "tiny-embedding.gguf"))
    assert not provider.engines  # nothing was loaded to find out


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda whole: whole[:200_000], "tensor '.*' data is not within the file bounds"),
        (
            lambda whole: whole.replace(b"\x05\0\0\0\0\0\0\0llama", b"\x05\0\0\0\0\0\0\0zebra", 1),
            "unknown model architecture: 'zebra'",
        ),
        (
            lambda whole: whole.replace(b"llama.block_count", b"llama.block_bount"),
            "key not found in model: llama.block_count",
        ),
        (lambda whole: whole.replace(b"{%- for message", b"{%- fox message"), "Unknown statement: fox"),
        (lambda whole: b"", "it is empty"),
    ],
)
async def test_a_bad_file_is_named_with_the_reason_and_harms_nobody(
    make: Make, models: Path, tmp_path: Path, change: Callable[[bytes], bytes], reason: str
) -> None:
    provider, bad = make(), tmp_path / "bad.gguf"
    bad.write_bytes(change((models / "tiny-chat.gguf").read_bytes()))
    with pytest.raises(UnavailableError, match=rf"cannot load the model {bad}: {reason}"):
        await ask(provider, model=str(bad))
    assert (await ask(provider, max_tokens=1))["choices"]
    assert (await provider.health()).state == "ready"


# ---- many at once


async def test_several_requests_are_answered_at_once(make: Make) -> None:
    provider = make(parallel_requests=4)
    alone = [await ask(provider, seed=seed, max_tokens=30) for seed in range(2)]
    together = await asyncio.gather(*(ask(provider, seed=seed, max_tokens=30) for seed in range(8)))
    texts = [answer["choices"][0]["message"]["content"] for answer in (*alone, *together)]
    assert texts[:2] == texts[2:4]
    assert len(set(texts[2:])) == 8


async def test_more_callers_than_connections_all_get_through(make: Make) -> None:
    provider = make()
    await ask(provider, max_tokens=1)
    begin = time.monotonic()
    answers = await asyncio.gather(*(ask(provider, max_tokens=1) for _ in range(100)))
    assert len(answers) == 100
    assert time.monotonic() - begin < 4  # an idle connection that holds a thread would cost 5 s


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_who_goes_away_frees_the_model(make: Make, stream: bool) -> None:
    provider = make(parallel_requests=1)
    if stream:
        running = await first_chunk(provider)
        await running.aclose()
    else:
        task = asyncio.create_task(ask(provider, **NEVER_ENDS))
        await asyncio.sleep(0.5)
        task.cancel()
        await asyncio.wait([task])
    begin = time.monotonic()
    await ask(provider, max_tokens=1)
    assert time.monotonic() - begin < 0.5


async def test_a_caller_who_does_not_wait_for_the_loading_does_not_stop_it(make: Make) -> None:
    provider = make()
    impatient = asyncio.create_task(ask(provider, max_tokens=1))
    await asyncio.sleep(0.01)
    impatient.cancel()
    await asyncio.wait([impatient])
    (engine,) = provider.engines._engines.values()
    begun = engine._starting
    await ask(provider, max_tokens=1)
    assert engine._starting is begun


def _child(provider: LlamaCpp) -> Any:
    return next(iter(provider.engines._engines.values()))._child


async def test_the_least_recently_used_model_makes_room_once_it_is_idle(make: Make, models: Path) -> None:
    provider = make(max_loaded_models=1)
    running = await first_chunk(provider)
    first = process_of(provider)
    other = asyncio.create_task(
        provider.post_embeddings(EmbeddingsRequest(model=str(models / "tiny-embedding.gguf"), input="x"))
    )
    await asyncio.sleep(0.2)
    assert not other.done()
    assert first.returncode is None
    await running.aclose()
    assert (await other).data
    assert first.returncode is not None
    assert process_of(provider) is not first


# ---- when something ends


@pytest.mark.parametrize("stream", [False, True])
async def test_a_crash_is_told_in_the_models_name_and_the_next_request_starts_it_again(
    make: Make, stream: bool
) -> None:
    provider = make()
    running = await first_chunk(provider)
    waiting = asyncio.create_task(ask(provider, **NEVER_ENDS))
    await asyncio.sleep(0.2)
    process_of(provider).kill()
    told = r"llama\.cpp ended while it ran tiny-chat \(killed by signal 9\)"
    with pytest.raises(UnavailableError, match=told) as failure:
        await (_rest(running) if stream else waiting)
    assert failure.value.code == "model_crashed"
    await running.aclose()
    await asyncio.wait([waiting])
    assert isinstance(waiting.exception(), UnavailableError)
    assert (await ask(provider, max_tokens=1))["choices"]


async def _rest(stream: Any) -> list[Any]:
    return [chunk async for chunk in stream]


async def test_a_model_that_crashes_again_and_again_is_given_a_pause(make: Make) -> None:
    provider = make()
    for _ in range(2):
        await ask(provider, max_tokens=1)
        process_of(provider).kill()
        await _child(provider).ended()
    with pytest.raises(UnavailableError, match=r"failure 2 in a row, try again in 1 s") as failure:
        await ask(provider)
    assert failure.value.headers == {"retry-after": "1"}
    assert (await provider.health()).state == "degraded"
    await asyncio.sleep(1.1)
    assert (await ask(provider, max_tokens=1))["choices"]
    assert (await provider.health()).state == "ready"


async def test_closing_ends_the_process_even_while_it_generates(make: Make) -> None:
    provider = make()
    running = await first_chunk(provider)
    process = process_of(provider)
    begin = time.monotonic()
    async with aclosing(running):
        await provider.__aexit__(None, None, None)
    assert process.returncode == 0
    assert time.monotonic() - begin < 1


async def test_a_signal_for_the_server_leaves_the_model_to_the_server(make: Make) -> None:
    provider = make()
    await ask(provider, max_tokens=1)
    for number in (signal.SIGINT, signal.SIGTERM):
        process_of(provider).send_signal(number)
    await asyncio.sleep(0.1)
    assert process_of(provider).returncode is None
    assert (await ask(provider, max_tokens=1))["choices"]


async def test_the_process_does_not_outlive_a_killed_parent(models: Path) -> None:
    code = f"""
import asyncio
from llama_stack.apis.inference import ChatCompletionRequest
from llama_stack.providers.inline.inference.llama_cpp import LlamaCpp, LlamaCppConfig

async def main():
    provider = LlamaCpp(LlamaCppConfig(model={str(models / "tiny-chat.gguf")!r}), "llama-cpp")
    await provider.post_chat_completion(ChatCompletionRequest(model="tiny-chat", messages={HELLO}, max_tokens=1))
    print(next(iter(provider.engines._engines.values()))._child.process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    child = int(await parent.stdout.readline())
    os.kill(child, 0)
    parent.kill()
    await parent.communicate()
    for _ in range(100):
        if not _is_running(child):
            return
        await asyncio.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child outlived its parent")


def _is_running(pid: int) -> bool:
    """Whether a process does anything still; one that ended may wait for whoever inherited it to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _of_process(pid: int, place: str) -> bytes:
    return Path(f"/proc/{pid}/{place}").read_bytes()


async def test_nobody_else_on_the_machine_can_use_the_port(make: Make) -> None:
    provider = make()
    await ask(provider, max_tokens=1)
    child = _child(provider)
    for place in ("cmdline", "environ"):
        assert child.key.encode() not in _of_process(child.process.pid, place)
    host, port = child.url.removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /slots HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b" 401 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


# ---- models


async def test_the_configured_model_is_listed_under_its_files_name(make: Make) -> None:
    (model,) = await make().list_models()
    assert (model.identifier, model.provider_resource_id, model.source) == ("tiny-chat", "tiny-chat", "listed")
    assert model.metadata == {"architecture": "llama", "context_length": 4096}
    (model,) = await make("tiny-embedding.gguf", context_length=512).list_models()
    assert model.model_type == "embedding"
    assert model.metadata == {"architecture": "llama", "context_length": 512, "embedding_dimension": 64}


async def test_a_registered_model_is_checked_and_described(make: Make, models: Path, tmp_path: Path) -> None:
    provider = make(None)
    model = Model(identifier="e", provider_id="llama-cpp", provider_resource_id=str(models / "tiny-embedding.gguf"))
    registered = await provider.register_model(model)
    assert registered.model_type == "embedding"
    assert registered.metadata["embedding_dimension"] == 64
    with pytest.raises(UnavailableError, match="there is no such file"):
        await provider.register_model(model.model_copy(update={"provider_resource_id": str(tmp_path / "no.gguf")}))


async def test_health_says_what_is_missing(make: Make, models: Path, tmp_path: Path) -> None:
    unset = await make(None).health()
    assert unset.state == "unconfigured"
    assert "LLAMA_MODEL" in unset.reason
    gone = await make(str(tmp_path / "gone.gguf")).health()
    assert gone.state == "unavailable"
    assert gone.reason.endswith("gone.gguf: there is no such file")
    assert (await make().health()).state == "ready"


def test_an_empty_environment_variable_names_no_model() -> None:
    assert LlamaCppConfig.model_validate({"model": ""}).model is None
