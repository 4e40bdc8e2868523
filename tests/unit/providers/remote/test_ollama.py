"""Ollama: its own list, models that are pulled, and how long they stay loaded."""

import json
import logging
from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.apis.inference import CompletionRequest, EmbeddingsRequest
from llama_stack.apis.models import Model
from tests.support.serving import until
from tests.support.upstream import Request, Upstream
from tests.unit.providers.remote.clouds import answering, chat, provider, recorded, text_of

pytestmark = pytest.mark.anyio

CHAT = {"/chat/completions": recorded("ollama.chat")}
TAGS = {
    "models": [
        {
            "name": "llama3.2:latest",
            "modified_at": "2025-07-31T10:11:12.000000+02:00",
            "size": 2019393189,
            "digest": "a80c",
            "details": {"parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
        },
        {"name": "all-minilm:l6-v2", "digest": "1b22", "details": {}},
    ]
}
SHOWN = {
    "llama3.2:latest": {
        "capabilities": ["completion", "tools"],
        "model_info": {"general.architecture": "llama", "llama.context_length": 131072, "llama.embedding_length": 3072},
    },
    "all-minilm:l6-v2": {
        "capabilities": ["embedding"],
        "model_info": {"general.architecture": "bert", "bert.context_length": 512, "bert.embedding_length": 384},
    },
}


def show(request: Request) -> Any:
    return SHOWN[request.json["model"]]


LIST: dict[str, Any] = {"/api/tags": TAGS, "/api/show": show}


async def test_models_are_listed_with_what_ollama_knows_of_them() -> None:
    with answering(LIST) as service:
        async with provider("ollama", base_url=service.url) as ollama:
            llama, minilm = await ollama.list_models()
            await ollama.list_models()
    assert (llama.identifier, llama.model_type, llama.created) == ("llama3.2:latest", "llm", 1753949472)
    assert llama.metadata == {
        "context_length": 131072,
        "input_modalities": ["text"],
        "tools": True,
        "reasoning": False,
        "parameters": "3.2B",
        "quantization": "Q4_K_M",
        "size_bytes": 2019393189,
    }
    assert (minilm.model_type, minilm.metadata["embedding_dimension"]) == ("embedding", 384)
    assert len([r for r in service.asked if r.path == "/api/show"]) == 2  # a model's facts are asked for once


async def test_a_model_that_cannot_be_shown_is_listed_all_the_same() -> None:
    with answering({"/api/tags": TAGS}) as service:
        async with provider("ollama", base_url=f"{service.url}/v1") as ollama:
            assert [model.identifier for model in await ollama.list_models()] == ["llama3.2:latest", "all-minilm:l6-v2"]


async def test_the_limit_goes_by_the_name_that_ollama_knows() -> None:
    with answering(CHAT) as service:
        async with provider("ollama", base_url=service.url) as ollama:
            await ollama.post_chat_completion(chat(max_completion_tokens=5))
    assert service.asked[0].json["max_tokens"] == 5


# ---- pulling


def registered(name: str) -> Model:
    return Model(identifier="mine", provider_id="ollama", provider_resource_id=name)


def lines(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


PULLED = lines(
    {"status": "pulling manifest"},
    {"status": "pulling a80c", "digest": "sha256:a80c", "total": 2000000000, "completed": 500000000},
    {"status": "verifying sha256 digest"},
    {"status": "success"},
)


async def test_a_model_that_is_missing_is_pulled_when_it_is_registered(caplog: pytest.LogCaptureFixture) -> None:
    with answering(LIST | {"/api/pull": PULLED}) as service, caplog.at_level(logging.INFO):
        async with provider("ollama", base_url=service.url) as ollama:
            assert await ollama.register_model(registered("qwen3:4b")) == registered("qwen3:4b")
    assert service.asked[-1].json == {"model": "qwen3:4b"}
    assert "pulling qwen3:4b: pulling a80c 25% of 2.00 GB" in caplog.text
    assert "pulling qwen3:4b: success" in caplog.text


@pytest.mark.parametrize("name", ["llama3.2", "llama3.2:latest"])
async def test_a_model_that_is_there_is_not_pulled(name: str) -> None:
    with answering(LIST) as service:
        async with provider("ollama", base_url=service.url) as ollama:
            await ollama.register_model(registered(name))
    assert [request.path for request in service.asked] == ["/api/tags"]


async def test_pulling_can_be_turned_off() -> None:
    with answering(LIST) as service:
        async with provider("ollama", base_url=service.url, pull=False) as ollama:
            await ollama.register_model(registered("qwen3:4b"))
    assert service.asked == []


FAILURES = [
    (lines({"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}), "does not exist"),
    (lines({"status": "pulling a80c"}), "broke off pulling qwen3:4b after 'pulling a80c'; try again, it resumes"),
]


@pytest.mark.parametrize(("answer", "words"), FAILURES)
async def test_a_pull_that_fails_says_why(answer: bytes, words: str) -> None:
    with answering(LIST | {"/api/pull": answer}) as service:
        async with provider("ollama", base_url=service.url) as ollama:
            with pytest.raises(UpstreamError, match=words):
                await ollama.register_model(registered("qwen3:4b"))


# ---- staying loaded

KEPT: dict[str, Any] = {
    **CHAT,
    "/v1/completions": recorded("ollama.completions"),
    "/v1/embeddings": recorded("openai.embeddings"),
    "/api/generate": {"done": True},
    "/api/embed": {"embeddings": []},
}


async def told(service: Upstream, count: int) -> list[tuple[str, Any]]:
    """What Ollama was told of keeping models, once that has happened `count` times; by model, for nobody waits."""
    await until(lambda: len(native(service)) >= count)
    return sorted(native(service), key=lambda each: str(each[1]["model"]))


def native(service: Upstream) -> list[tuple[str, Any]]:
    return [(request.path, request.json) for request in service.asked if request.path.startswith("/api")]


async def test_a_model_in_use_is_told_how_long_to_stay_now_and_then() -> None:
    with answering(KEPT) as service:
        async with provider("ollama", base_url=service.url, keep_alive="30m") as ollama:
            for _ in range(3):
                await ollama.post_chat_completion(chat("llama3.2"))
            await ollama.post_completion(CompletionRequest.from_wire(b'{"model": "other", "prompt": "x"}'))
            await ollama.post_embeddings(EmbeddingsRequest.from_wire(b'{"model": "minilm", "input": "x"}'))
            assert await told(service, 3) == [
                ("/api/generate", {"model": "llama3.2", "keep_alive": "30m", "stream": False}),
                ("/api/embed", {"model": "minilm", "keep_alive": "30m", "input": "", "stream": False}),
                ("/api/generate", {"model": "other", "keep_alive": "30m", "stream": False}),
            ]


async def test_a_model_that_is_not_to_stay_goes_after_each_answer() -> None:
    answers = KEPT | {"/chat/completions": recorded("ollama.chat.stream")}
    with answering(answers) as service:
        async with provider("ollama", base_url=service.url, keep_alive=0) as ollama:
            for _ in range(2):
                assert await text_of(await ollama.post_chat_completion(chat(stream=True)))
            assert [body["keep_alive"] for _, body in await told(service, 2)] == [0, 0]


async def test_nothing_is_told_unasked_and_what_cannot_be_told_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with answering(CHAT) as service:
        async with provider("ollama", base_url=service.url) as ollama:
            await ollama.post_chat_completion(chat())
        assert [request.path for request in service.asked] == ["/v1/chat/completions"]
        async with provider("ollama", base_url=service.url, keep_alive="1h") as ollama:
            await ollama.post_chat_completion(chat())
            await until(lambda: "was not told to keep m for 1h" in caplog.text)
