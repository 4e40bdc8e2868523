"""What services really answered, as OpenAI's SDK sees it after the quirks of their rows are mended."""

import json
from typing import Any

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types import Completion, CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from llama_stack.apis.stream import frame
from llama_stack.providers.utils.capabilities import created, facts, model_type, rows
from llama_stack.providers.utils.quirks import Mender
from llama_stack.providers.utils.refusal import refusal
from tests.unit.providers.remote.samples import Sample, samples

REASONS = {"stop", "length", "tool_calls", "content_filter"}


def each(found: list[Sample]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("sample", found, ids=lambda sample: sample.name)


def mended(sample: Sample) -> list[dict[str, Any]]:
    """The chunks of a streamed sample, as they are passed on."""
    mender = Mender(sample.quirks, sample.service, sample.request["model"], "chat.completion.chunk")
    blocks = [mender.block(frame(json.dumps(chunk).encode())) for chunk in sample.chunks]
    return [json.loads(event[6:]) for block in blocks for event in block.split(b"\n\n") if event]


def whole(sample: Sample, kind: str) -> Any:
    mender = Mender(sample.quirks, sample.service, sample.request.get("model", ""), kind)
    return json.loads(mender.whole(json.dumps(sample.body).encode()))


def calls_are_sound(calls: Any) -> bool:
    return all(
        call.id and call.function.name and isinstance(json.loads(call.function.arguments), dict) for call in calls
    )


@each(samples(of="chat", streamed=True))
def test_each_chunk_is_one_of_openai(sample: Sample) -> None:
    for chunk in mended(sample):
        parsed = ChatCompletionChunk.model_validate(chunk)
        assert parsed.id
        assert parsed.model
        assert parsed.object == "chat.completion.chunk"


@each(samples(of="chat", streamed=True))
def test_a_stream_adds_up_to_an_answer(sample: Sample) -> None:
    state = ChatCompletionStreamState()
    for chunk in mended(sample):
        state.handle_chunk(ChatCompletionChunk.model_validate(chunk))
    choice = state.current_completion_snapshot.choices[0]
    assert choice.finish_reason in REASONS
    assert choice.message.content or choice.message.tool_calls
    assert calls_are_sound(choice.message.tool_calls or [])
    assert (choice.finish_reason == "tool_calls") == bool(choice.message.tool_calls)


@each(samples(of="chat", streamed=False))
def test_a_whole_answer_is_one_of_openai(sample: Sample) -> None:
    answer = ChatCompletion.model_validate(whole(sample, "chat.completion"))
    message = answer.choices[0].message
    assert answer.choices[0].finish_reason in REASONS
    assert message.content or message.tool_calls
    assert calls_are_sound(message.tool_calls or [])
    assert answer.usage is not None


@each([s for s in samples(of="chat") if "thinks" in s.name and s.service in ("bedrock", "ollama")])
def test_thoughts_are_called_reasoning_content(sample: Sample) -> None:
    payloads = mended(sample) if sample.chunks else [whole(sample, "chat.completion")]
    parts = [c.get("delta") or c.get("message") or {} for p in payloads for c in p["choices"]]
    assert "".join(part.get("reasoning_content") or "" for part in parts)
    assert not any("reasoning" in part for part in parts)


@each([s for s in samples(of="chat", streamed=True) if s.service in ("openai", "ollama", "vllm")])
def test_what_needs_no_change_keeps_its_bytes(sample: Sample) -> None:
    mender = Mender(sample.quirks, sample.service, "m", "chat.completion.chunk")
    for chunk in sample.chunks:
        block = frame(json.dumps(chunk, separators=(", ", ":  ")).encode())
        assert mender.block(block) is block


@each([s for s in samples(of="completions", streamed=False) if "chat" not in s.name])
def test_a_whole_text_is_one_of_openai(sample: Sample) -> None:
    assert Completion.model_validate(whole(sample, "text_completion")).choices[0].text


@each(samples(of="embeddings"))
def test_embeddings_are_those_of_openai(sample: Sample) -> None:
    assert CreateEmbeddingResponse.model_validate(sample.body).usage.prompt_tokens


@each(samples(of="models"))
def test_each_model_of_a_list_is_understood(sample: Sample) -> None:
    listed = rows(sample.body)
    assert listed
    for row in listed:
        assert 0 <= created(row) < 4_000_000_000  # seconds, not watsonx's milliseconds
        kind, name = model_type(row, row["id"]), row["id"].lower()
        assert kind == ("rerank" if "rerank" in name else "embedding" if "embed" in name or "minilm" in name else kind)
        assert facts(row) == ({"context_length": 40960} if sample.service == "vllm" else {})


@each(samples(of="chat", refused=True))
def test_a_refusal_keeps_its_status_and_says_why(sample: Sample) -> None:
    error = refusal(sample.service, json.dumps(sample.body).encode(), status=sample.status)
    assert error.status == sample.status
    assert not error.message.startswith("{")
    assert error.message in json.dumps(sample.body).replace('\\"', '"').replace("\\\\", "\\")
