"""watsonx.ai: IAM tokens for API keys, the project in every body, and what is not OpenAI's."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from llama_stack.apis.errors import UnsupportedError, UpstreamError
from llama_stack.apis.inference import EmbeddingsRequest, RerankRequest
from tests.support.upstream import Request
from tests.unit.providers.remote.clouds import (
    Answer,
    Status,
    answering,
    calling_with,
    chat,
    provider,
    recorded,
    text_of,
    unopened,
)

pytestmark = pytest.mark.anyio


def iam(request: Request) -> Answer:
    key = parse_qs(request.body.decode())["apikey"][0]
    if key == "wrong":
        return Status((400, {"errorCode": "BXNIM0415E", "errorMessage": "Provided API key could not be found."}))
    return {"access_token": f"iam-{key}", "expires_in": 3600, "token_type": "Bearer"}


IAM = {"/identity/token": iam}
STREAM = {"/chat/completions": recorded("watsonx.chat.stream")}
CHAT = {"/chat/completions": recorded("openai.chat")}


def config(url: str, **more: Any) -> dict[str, Any]:
    return {"base_url": url, "iam_url": url, "api_key": "ibm-key", "project_id": "project", **more}


async def test_a_key_becomes_a_token_and_a_call_names_the_project() -> None:
    with answering(IAM | STREAM) as service:
        async with provider("watsonx", **config(service.url)) as watsonx:
            assert await text_of(await watsonx.post_chat_completion(chat(stream=True))) == "hello"
    login, call = service.asked
    assert login.path == "/identity/token"
    assert parse_qs(login.body.decode()) == {
        "grant_type": ["urn:ibm:params:oauth:grant-type:apikey"],
        "apikey": ["ibm-key"],
    }
    assert call.path == "/ml/v1/chat/completions"
    assert call.headers["authorization"] == "Bearer iam-ibm-key"
    assert call.json["project_id"] == "project"
    assert b"ibm-key" not in call.body


async def test_a_deployment_space_stands_for_a_project() -> None:
    with answering(IAM | CHAT) as service:
        async with provider("watsonx", **config(service.url, project_id=None, space_id="space")) as watsonx:
            await watsonx.post_chat_completion(chat())
    assert {"space_id": "space"}.items() <= service.asked[1].json.items()
    assert "project_id" not in service.asked[1].json


async def test_fifty_chats_at_once_log_in_once() -> None:
    with answering(IAM | CHAT) as service:
        async with provider("watsonx", **config(service.url)) as watsonx:
            await asyncio.gather(*(watsonx.post_chat_completion(chat()) for _ in range(50)))
    paths = [request.path for request in service.asked]
    assert (paths.count("/identity/token"), paths.count("/ml/v1/chat/completions")) == (1, 50)


async def test_callers_with_keys_of_their_own_get_tokens_of_their_own() -> None:
    with answering(IAM | CHAT) as service:
        async with provider("watsonx", **config(service.url)) as watsonx:
            for key in ("one", "two", "one"):
                with calling_with(watsonx_api_key=key):
                    await watsonx.post_chat_completion(chat())
    used = [call.headers["authorization"] for call in service.asked if "chat" in call.path]
    assert used == ["Bearer iam-one", "Bearer iam-two", "Bearer iam-one"]
    assert len(service.asked) == 5


async def test_a_wrong_key_is_said_in_ibms_words() -> None:
    with answering(IAM) as service:
        async with provider("watsonx", **config(service.url, api_key="wrong")) as watsonx:
            with pytest.raises(UpstreamError, match="API key could not be found") as caught:
                await watsonx.post_chat_completion(chat())
    assert caught.value.status == 401


SPECS = {
    "resources": [
        {
            "model_id": "ibm/granite-4",
            "functions": [{"id": "text_chat"}, {"id": "text_generation"}],
            "model_limits": {"max_sequence_length": 131072, "max_output_tokens": 16384},
        },
        {
            "model_id": "ibm/slate",
            "functions": [{"id": "embedding"}],
            "model_limits": {"max_sequence_length": 512, "embedding_dimension": 384},
        },
        {"model_id": "cross-encoder/ms-marco", "functions": [{"id": "rerank"}]},
        {"model_id": "ibm/granite-ttm", "functions": [{"id": "time_series_forecast"}]},
    ]
}


async def test_models_are_listed_with_what_they_are_for_and_what_they_hold() -> None:
    with answering(IAM | {"/foundation_model_specs": SPECS}) as service:
        async with provider("watsonx", **config(service.url, version="2025-01-01")) as watsonx:
            listed = await watsonx.list_models()
    assert service.asked[-1].path == "/ml/v1/foundation_model_specs?version=2025-01-01&limit=200"
    assert [(m.identifier, m.model_type, m.metadata) for m in listed] == [
        ("ibm/granite-4", "llm", {"context_length": 131072, "max_output_tokens": 16384}),
        ("ibm/slate", "embedding", {"context_length": 512, "embedding_dimension": 384}),
        ("cross-encoder/ms-marco", "rerank", {}),
    ]


async def test_texts_are_embedded_through_its_own_api() -> None:
    said = {"results": [{"embedding": [0.5, 1.0]}, {"embedding": [0.25, 2.0]}], "input_token_count": 7}
    request = EmbeddingsRequest.from_wire(json.dumps({"model": "ibm/slate", "input": ["a", "b"]}).encode())
    with answering(IAM | {"/text/embeddings": said}) as service:
        async with provider("watsonx", **config(service.url)) as watsonx:
            answer = await watsonx.post_embeddings(request)
            wanted = EmbeddingsRequest.from_wire(b'{"model": "m", "input": "a", "dimensions": 3}')
            with pytest.raises(UnsupportedError, match="in the model's own dimension"):
                await watsonx.post_embeddings(wanted)
    assert service.asked[1].path == "/ml/v1/text/embeddings?version=2024-10-10"
    assert service.asked[1].json == {"model_id": "ibm/slate", "inputs": ["a", "b"], "project_id": "project"}
    assert [row.embedding for row in answer.data] == [[0.5, 1.0], [0.25, 2.0]]
    assert answer.usage.prompt_tokens == 7


async def test_items_are_ranked_through_its_own_api() -> None:
    said = {"results": [{"index": 1, "score": 0.2}, {"index": 0, "score": 0.9}]}
    asked = {"model": "r", "query": "q", "items": ["a", "b"], "max_num_results": 2}
    with answering(IAM | {"/text/rerank": said}) as service:
        async with provider("watsonx", **config(service.url)) as watsonx:
            ranked = await watsonx.rerank(RerankRequest.from_wire(json.dumps(asked).encode()))
    assert service.asked[1].json == {
        "model_id": "r",
        "query": "q",
        "inputs": [{"text": "a"}, {"text": "b"}],
        "parameters": {"return_options": {"top_n": 2}},
        "project_id": "project",
    }
    assert [(row.index, row.relevance_score) for row in ranked.data] == [(0, 0.9), (1, 0.2)]


async def test_what_is_missing_is_said() -> None:
    assert (await unopened("watsonx", base_url="https://x").health()).reason == "set WATSONX_API_KEY"
    keyed = unopened("watsonx", base_url="https://x", api_key="k", timeout=7)
    assert (await keyed.health()).reason == "set WATSONX_PROJECT_ID, or space_id in its config"
    assert keyed.config.network.read_timeout_seconds == 7
