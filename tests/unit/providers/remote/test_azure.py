"""Azure: where calls go, with what credentials, and which models are listed."""

from typing import Any
from urllib.parse import parse_qs

import pytest

from llama_stack.apis.errors import UnauthenticatedError, UpstreamError
from llama_stack.apis.inference import EmbeddingsRequest
from tests.unit.providers.remote.clouds import (
    Status,
    answering,
    calling_with,
    chat,
    chunks_of,
    provider,
    recorded,
    unopened,
)

pytestmark = pytest.mark.anyio

CHAT = {"/chat/completions": recorded("azure.chat")}
APP = {"tenant_id": "tenant", "client_id": "app", "client_secret": "hush"}


async def test_a_resource_is_called_at_its_v1_api_with_its_key() -> None:
    with answering(CHAT) as service:
        async with provider("azure", api_base=service.url, api_key="k") as azure:
            answer = await azure.post_chat_completion(chat("gpt-4o"))
    (asked,) = service.asked
    assert asked.path == "/openai/v1/chat/completions"
    assert asked.headers["api-key"] == "k"
    assert "authorization" not in asked.headers
    assert answer.choices[0].message.content.startswith("### Handoff Summary")


async def test_a_stream_whose_first_chunk_is_empty_has_one_id_and_its_text() -> None:
    with answering({"/chat/completions": recorded("azure.chat.stream")}) as service:
        async with provider("azure", base_url=f"{service.url}/openai/v1", api_key="k") as azure:
            chunks = await chunks_of(await azure.post_chat_completion(chat("gpt-4o", stream=True)))
    assert service.asked[0].path == "/openai/v1/chat/completions"
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices).startswith("Hello")


@pytest.mark.parametrize("path", ["", "/openai", "/openai/v1"])
async def test_a_dated_version_is_called_at_its_deployment(path: str) -> None:
    config = {"api_version": "2024-10-21", "deployments": {"gpt-4o": "prod 4o"}, "api_key": "k"}
    with answering(CHAT | {"/embeddings": recorded("openai.embeddings")}) as service:
        async with provider("azure", base_url=service.url + path, **config) as azure:
            await azure.post_chat_completion(chat("gpt-4o"))
            await azure.post_embeddings(EmbeddingsRequest.from_wire(b'{"model": "embed", "input": "x"}'))
    chatted, embedded = service.asked
    assert chatted.path == "/openai/deployments/prod%204o/chat/completions?api-version=2024-10-21"
    assert chatted.json["model"] == "prod 4o"
    assert embedded.path == "/openai/deployments/embed/embeddings?api-version=2024-10-21"


async def test_the_v1_api_takes_deployments_and_a_preview_by_name() -> None:
    config = {"deployments": {"gpt-4o": "prod"}, "api_version": "preview", "api_key": "k"}
    with answering(CHAT) as service:
        async with provider("azure", base_url=service.url, **config) as azure:
            await azure.post_chat_completion(chat("gpt-4o"))
    assert service.asked[0].path == "/openai/v1/chat/completions?api-version=preview"
    assert service.asked[0].json["model"] == "prod"


MODELS: dict[str, Any] = {
    "data": [
        {"id": "gpt-4o", "capabilities": {"inference": True, "embeddings": False}},
        {"id": "ada", "capabilities": {"inference": True, "embeddings": True}},
        {"id": "for-tuning", "capabilities": {"inference": False}},
    ]
}


async def test_models_that_can_be_asked_are_listed_or_the_deployments() -> None:
    with answering({"/models": MODELS}) as service:
        async with provider("azure", base_url=service.url, api_key="k") as azure:
            assert [(m.identifier, m.model_type) for m in await azure.list_models()] == [
                ("gpt-4o", "llm"),
                ("ada", "embedding"),
            ]
        async with provider("azure", base_url=service.url, api_key="k", deployments=["a", "b"]) as azure:
            assert [model.identifier for model in await azure.list_models()] == ["a", "b"]


async def test_an_app_gets_a_token_and_calls_with_it() -> None:
    token = {"access_token": "entra", "expires_in": 3599, "token_type": "Bearer"}
    with answering(CHAT | {"/oauth2/v2.0/token": token}) as service:
        async with provider("azure", base_url=service.url, authority=service.url, **APP) as azure:
            await azure.post_chat_completion(chat())
            await azure.post_chat_completion(chat())
    login, first, second = service.asked
    assert login.path == "/tenant/oauth2/v2.0/token"
    assert parse_qs(login.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["app"],
        "client_secret": ["hush"],
        "scope": ["https://cognitiveservices.azure.com/.default"],
    }
    assert {call.headers["authorization"] for call in (first, second)} == {"Bearer entra"}
    assert "api-key" not in first.headers


async def test_a_workload_shows_its_own_token_in_place_of_a_secret(tmp_path: Any) -> None:
    (tmp_path / "token").write_text("who I am\n")
    app = {"tenant_id": "t", "client_id": "c", "federated_token_file": str(tmp_path / "token"), "scope": "other"}
    with answering(CHAT | {"/token": {"access_token": "entra"}}) as service:
        async with provider("azure", base_url=service.url, authority=service.url, **app) as azure:
            await azure.post_chat_completion(chat())
    form = parse_qs(service.asked[0].body.decode())
    assert form["client_assertion"] == ["who I am"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert form["scope"] == ["other"]


async def test_a_wrong_secret_is_said_without_it() -> None:
    said = Status((401, {"error": "invalid_client", "error_description": "AADSTS7000215: not 'hush'"}))
    with answering({"/token": said}) as service:
        async with provider("azure", base_url=service.url, authority=service.url, **APP) as azure:
            with pytest.raises(UpstreamError, match="AADSTS7000215") as caught:
                await azure.post_chat_completion(chat())
    assert caught.value.status == 401
    assert "hush" not in caught.value.message


async def test_a_callers_own_key_comes_before_the_app() -> None:
    with answering(CHAT) as service:
        async with provider("azure", base_url=service.url, authority=service.url, **APP) as azure:
            with calling_with(azure_api_key="own"):
                await azure.post_chat_completion(chat())
    assert [call.headers.get("api-key") for call in service.asked] == ["own"]


async def test_a_token_that_is_given_is_sent_as_one() -> None:
    with answering(CHAT) as service:
        async with provider("azure", base_url=service.url, api_type="azure_ad", api_key="entra") as azure:
            await azure.post_chat_completion(chat())
    assert service.asked[0].headers["authorization"] == "Bearer entra"


async def test_what_is_missing_is_said() -> None:
    assert (await unopened("azure").health()).reason == "set AZURE_API_BASE to its address"
    azure = unopened("azure", base_url="https://x.openai.azure.com")
    missing = "set AZURE_API_KEY, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
    assert (await azure.health()).reason == missing
    with pytest.raises(UnauthenticatedError, match=missing):
        await azure.post_chat_completion(chat())
    assert (await unopened("azure", base_url="https://x", **APP).health()).state == "ready"
