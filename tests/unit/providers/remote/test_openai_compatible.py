"""One class for all rows: what is asked of a service, and what becomes of its answer, over a real socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from llama_stack.apis.errors import UnsupportedError, UpstreamError
from llama_stack.apis.inference import ChatCompletionRequest, EmbeddingsRequest, RerankRequest
from llama_stack.providers.config import RemoteConfig
from llama_stack.providers.remote.inference.openai_compatible import OpenAICompatible
from llama_stack.providers.remote.inference.services import SERVICES, Service
from tests.support.upstream import Line, Request, Upstream, chunk, completion, upstream

pytestmark = pytest.mark.anyio

Answers = dict[str, Any]  # the end of a path → what is answered there, a list of chunks for a stream


@asynccontextmanager
async def serving(name: str, answers: Answers, path: str = "", **config: Any) -> AsyncIterator[tuple[Any, Upstream]]:
    """The provider of a row, with a service that answers as told."""

    async def behave(line: Line, request: Request) -> None:
        answer = next(a for end, a in answers.items() if request.path.partition("?")[0].endswith(end))
        if not isinstance(answer, list):
            return await line.answer(200, answer)
        await line.begin()
        for event in [*answer, b"[DONE]"]:
            await line.event(event)
        return await line.end()

    with upstream(behave) as service:
        service.listing = False
        url = service.url.removesuffix("/v1") + path if path else service.url
        async with OpenAICompatible(RemoteConfig(base_url=url, api_key="k", **config), name, row(name).spec()) as it:
            yield it, service


def row(name: str) -> Service:
    return next(service for service in SERVICES if service.name == name)


def chat(**fields: Any) -> ChatCompletionRequest:
    messages = [{"role": "developer", "content": "be kind"}, {"role": "user", "content": "hi"}]
    return ChatCompletionRequest.from_wire(json.dumps({"model": "m", "messages": messages, **fields}).encode())


async def test_a_request_reaches_a_service_in_its_dialect() -> None:
    async with serving("mistral", {"/chat/completions": completion()}) as (mistral, service):
        await mistral.post_chat_completion(
            chat(max_completion_tokens=5, seed=1, stream_options={"include_usage": True})
        )
    asked = service.asked[0].json
    assert asked["max_tokens"] == 5
    assert asked["random_seed"] == 1
    assert "stream_options" not in asked
    assert asked["messages"][0]["role"] == "system"


async def test_a_row_without_a_dialect_sends_the_bytes_it_was_given() -> None:
    async with serving("openai", {"/chat/completions": completion()}) as (openai, service):
        request = chat(store=False)
        await openai.post_chat_completion(request)
    assert service.asked[0].body == request.wire


async def test_a_row_with_quirks_mends_whole_answers_and_streams() -> None:
    thinking = {**chunk(), "choices": [{"index": 0, "delta": {"reasoning": "hm"}, "finish_reason": None}]}
    answers = {"/chat/completions": [thinking, chunk("hi"), chunk(finish="stop")]}
    async with serving("groq", answers) as (groq, _):
        stream = await groq.post_chat_completion(chat(stream=True))
        chunks = [event async for event in stream]
    assert chunks[0].choices[0].delta.reasoning_content == "hm"
    assert chunks[1].choices[0].delta.content == "hi"
    said = completion()
    said["choices"][0]["message"]["reasoning"] = "hm"
    async with serving("groq", {"/chat/completions": said}) as (groq, _):
        answer = await groq.post_chat_completion(chat())
    assert answer.choices[0].message.reasoning_content == "hm"


async def test_a_quirk_that_is_an_error_closes_the_stream() -> None:
    broken = {**chunk(), "choices": [{"index": 0, "delta": {}, "error": {"code": 503, "message": "gone"}}]}
    async with serving("openrouter", {"/chat/completions": [broken, chunk("more")]}) as (openrouter, _):
        with pytest.raises(UpstreamError, match="gone"):
            await openrouter.post_chat_completion(chat(stream=True))


async def test_embeddings_without_usage_are_completed() -> None:
    vectors = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}], "model": "m"}
    async with serving("gemini", {"/embeddings": vectors}) as (gemini, _):
        answer = await gemini.post_embeddings(EmbeddingsRequest(model="m", input="hi"))
    assert answer.usage is not None
    assert answer.usage.total_tokens == 0


@pytest.mark.parametrize(("name", "field", "top"), [("jina", "results", "top_n"), ("voyage", "data", "top_k")])
async def test_rerank_is_asked_and_understood_in_both_shapes(name: str, field: str, top: str) -> None:
    ranks = [{"index": 1, "relevance_score": 0.1}, {"index": 0, "relevance_score": 0.9}]
    async with serving(name, {"/rerank": {field: ranks, "usage": {}}}) as (provider, service):
        request = RerankRequest(model="m", query="q", items=["a", "b"], max_num_results=2)
        answer = await provider.rerank(request)
    assert [ranked.index for ranked in answer.data] == [0, 1]
    assert service.asked[0].json[top] == 2


async def test_an_operation_that_a_service_lacks_is_refused_here() -> None:
    async with serving("jina", {}) as (jina, service):
        with pytest.raises(UnsupportedError, match="has no chat"):
            await jina.post_chat_completion(chat())
    assert service.asked == []


@pytest.mark.parametrize(
    ("name", "path", "listed_at", "answer"),
    [
        ("cohere", "/compatibility/v1", "/v1/models", {"models": [{"name": "command", "endpoints": ["chat"]}]}),
        (
            "cloudflare",
            "/client/v4/accounts/a/ai/v1",
            "/client/v4/accounts/a/ai/models/search",
            {"result": [{"name": "@cf/m"}]},
        ),
        ("together", "/v1", "/v1/models", [{"id": "m", "type": "chat", "context_length": 8}]),
    ],
)
async def test_a_list_is_found_where_the_service_has_it(name: str, path: str, listed_at: str, answer: Any) -> None:
    async with serving(name, {"": json.dumps(answer).encode()}, path) as (provider, service):
        models = await provider.list_models()
    assert len(models) == 1
    assert service.requests[0].path.partition("?")[0] == listed_at


async def test_a_service_without_a_list_has_the_models_that_are_allowed() -> None:
    async with serving("voyage", {}, allowed_models=["voyage-4", "rerank-3"]) as (voyage, service):
        models = await voyage.list_models()
    assert [(m.identifier, m.model_type) for m in models] == [("rerank-3", "rerank"), ("voyage-4", "embedding")]
    assert service.requests == []


async def test_a_service_whose_address_lacks_a_part_says_which() -> None:
    spec = row("cloudflare").spec()
    async with OpenAICompatible(RemoteConfig(api_key="k"), "cloudflare", spec) as cloudflare:
        health = await cloudflare.health()
    assert (health.state, health.reason) == ("unconfigured", "set CLOUDFLARE_ACCOUNT_ID")
