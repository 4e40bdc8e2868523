"""Hugging Face: the router, an endpoint that is found by its name, and a TGI server."""

from typing import Any

import pytest

from llama_stack.apis.errors import ModelNotFoundError, UnavailableError, UpstreamError
from llama_stack.apis.inference import CompletionRequest, EmbeddingsRequest
from tests.unit.providers.remote.clouds import answering, chat, provider, recorded, unopened

pytestmark = pytest.mark.anyio

CHAT = {"/chat/completions": recorded("openai.chat")}
ROUTED = {
    "data": [
        {
            "id": "Qwen/Qwen3-32B",
            "providers": [
                {"provider": "groq", "status": "live", "context_length": 131072, "supports_tools": False},
                {"provider": "novita", "status": "live", "context_length": 40960, "supports_tools": True},
                {"provider": "gone", "status": "error", "context_length": 1000000},
            ],
        },
        {"id": "google/gemma-3", "providers": [{"provider": "nscale", "status": "live"}]},
    ]
}


@pytest.mark.parametrize("name", ["hf::serverless", "huggingface"])
async def test_a_model_of_the_router_can_what_one_of_its_providers_can(name: str) -> None:
    with answering({"/models": ROUTED}) as service:
        async with provider(name, base_url=f"{service.url}/v1", api_key="hf") as router:
            qwen, gemma = await router.list_models()
    assert {"context_length": 131072, "tools": True}.items() <= qwen.metadata.items()
    assert "context_length" not in gemma.metadata


async def test_one_repository_may_be_all_there_is() -> None:
    with answering(CHAT | {"/models": ROUTED}) as service:
        config = {"base_url": f"{service.url}/v1", "api_key": "hf", "huggingface_repo": "Qwen/Qwen3-32B"}
        async with provider("hf::serverless", **config) as router:
            assert [model.identifier for model in await router.list_models()] == ["Qwen/Qwen3-32B"]
            await router.post_chat_completion(chat("Qwen/Qwen3-32B:fastest"))
            with pytest.raises(ModelNotFoundError):
                await router.post_chat_completion(chat("google/gemma-3"))
    assert service.asked[0].headers["authorization"] == "Bearer hf"


def described(url: str, state: str = "running") -> dict[str, Any]:
    """An endpoint, as the service that knows them describes it."""
    return {"name": "mine", "status": {"state": state, "url": url}, "model": {"repository": "Qwen/Qwen3-32B"}}


def endpoint(url: str, **more: Any) -> dict[str, Any]:
    return {"endpoint_name": "mine", "api_url": f"{url}/v2", "hub_url": url, "api_key": "hf", **more}


async def test_an_endpoint_is_found_by_its_name_at_the_first_call() -> None:
    answers: dict[str, Any] = CHAT | {"/whoami-v2": {"name": "me"}}
    answers |= {"/v1/completions": recorded("vllm.completions"), "/embeddings": recorded("openai.embeddings")}
    with answering(answers) as service:
        answers["/v2/endpoint/me/mine"] = described(service.url)
        async with provider("hf::endpoint", **endpoint(service.url)) as hf:
            assert (await hf.health()).state == "ready"
            assert service.asked == []
            await hf.post_chat_completion(chat())
            await hf.post_completion(CompletionRequest.from_wire(b'{"model": "m", "prompt": "x"}'))
            await hf.post_embeddings(EmbeddingsRequest.from_wire(b'{"model": "m", "input": "x"}'))
            assert [model.identifier for model in await hf.list_models()] == ["Qwen/Qwen3-32B"]
    paths = [request.path for request in service.asked]
    assert paths[:3] == ["/api/whoami-v2", "/v2/endpoint/me/mine", "/v1/chat/completions"]
    assert paths[3:] == ["/v1/completions", "/v1/embeddings", "/v2/endpoint/me/mine"]
    assert {request.headers["authorization"] for request in service.asked} == {"Bearer hf"}


@pytest.mark.parametrize("named", [{"endpoint_name": "org/mine"}, {"namespace": "org"}])
async def test_an_endpoint_of_an_organization_is_named_with_it(named: dict[str, str]) -> None:
    answers: dict[str, Any] = dict(CHAT)
    with answering(answers) as service:
        answers["/v2/endpoint/org/mine"] = described(service.url)
        async with provider("hf::endpoint", **endpoint(service.url, **named)) as hf:
            await hf.post_chat_completion(chat())
    assert service.asked[0].path == "/v2/endpoint/org/mine"


async def test_an_endpoint_that_is_paused_says_so() -> None:
    answers: dict[str, Any] = {}
    with answering(answers) as service:
        answers["/v2/endpoint/org/mine"] = described(service.url, "paused")
        async with provider("hf::endpoint", **endpoint(service.url, namespace="org")) as hf:
            with pytest.raises(UnavailableError, match="the endpoint org/mine is paused"):
                await hf.post_chat_completion(chat())
            assert (await hf.health()).state == "degraded"


async def test_an_endpoint_may_be_given_by_its_url() -> None:
    with answering(CHAT | {"/v1/models": ROUTED}) as service:
        async with provider("hf::endpoint", base_url=service.url, api_key="hf") as hf:
            await hf.post_chat_completion(chat())
            assert len(await hf.list_models()) == 2
    assert service.asked[0].path == "/v1/chat/completions"


async def test_what_is_missing_is_said() -> None:
    reason = (await unopened("hf::endpoint").health()).reason
    assert reason == "set INFERENCE_ENDPOINT_NAME, or endpoint_name in its config"
    assert (await unopened("hf::endpoint", endpoint_name="x").health()).reason == "set HF_TOKEN"


async def test_a_tgi_server_says_what_it_serves() -> None:
    info = {"model_id": "Qwen/Qwen3-32B", "max_total_tokens": 8192, "version": "3.3.6"}
    with answering({"/info": info}) as service:
        async with provider("tgi", base_url=service.url) as tgi:
            (model,) = await tgi.list_models()
    assert service.asked[0].path == "/info"
    assert (model.identifier, model.metadata["context_length"]) == ("Qwen/Qwen3-32B", 8192)


async def test_another_server_in_its_place_is_said() -> None:
    with answering({"/info": {"name": "else"}}) as service:
        async with provider("tgi", base_url=service.url) as tgi:
            with pytest.raises(UpstreamError, match="is it a TGI server"):
                await tgi.list_models()
