"""Databricks: a workspace's endpoints, with a token or a service principal."""

from base64 import b64encode
from urllib.parse import parse_qs

import pytest

from tests.unit.providers.remote.clouds import answering, chat, provider, recorded, unopened

pytestmark = pytest.mark.anyio

CHAT = {"/chat/completions": recorded("openai.chat")}
ENDPOINTS = {
    "endpoints": [
        {"name": "databricks-llama-4", "task": "llm/v1/chat", "state": {"ready": "READY"}},
        {"name": "databricks-gte", "task": "llm/v1/embeddings", "state": {"ready": "READY"}},
        {"name": "starting", "task": "llm/v1/chat", "state": {"ready": "NOT_READY"}},
        {"name": "forecast", "state": {"ready": "READY"}},
    ]
}


async def test_a_model_is_an_endpoint_of_the_workspace() -> None:
    with answering(CHAT | {"/api/2.0/serving-endpoints": ENDPOINTS}) as service:
        async with provider("databricks", base_url=service.url + "/", api_key="dapi") as databricks:
            await databricks.post_chat_completion(chat("databricks-llama-4"))
            listed = await databricks.list_models()
    call, _ = service.asked
    assert (call.path, call.headers["authorization"]) == ("/serving-endpoints/chat/completions", "Bearer dapi")
    assert [(m.identifier, m.model_type) for m in listed] == [
        ("databricks-llama-4", "llm"),
        ("databricks-gte", "embedding"),
    ]


async def test_a_service_principal_gets_a_token() -> None:
    with answering(CHAT | {"/oidc/v1/token": {"access_token": "m2m", "expires_in": 3600}}) as service:
        async with provider("databricks", base_url=service.url, client_id="c", client_secret="s") as databricks:
            await databricks.post_chat_completion(chat())
    login, call = service.asked
    assert login.headers["authorization"] == "Basic " + b64encode(b"c:s").decode()
    assert parse_qs(login.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["all-apis"]}
    assert call.headers["authorization"] == "Bearer m2m"


async def test_a_host_may_be_given_without_a_scheme() -> None:
    assert unopened("databricks", base_url="x.cloud.databricks.com").base_url == (
        "https://x.cloud.databricks.com/serving-endpoints"
    )


async def test_what_is_missing_is_said() -> None:
    assert (await unopened("databricks").health()).reason == "set DATABRICKS_HOST to its address"
    reason = (await unopened("databricks", base_url="https://x").health()).reason
    assert reason == "set DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET"
