"""What every backend says of itself, of a service that is away, and of keys that mean nothing."""

import inspect
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from llama_stack.apis.errors import StackError, UnavailableError
from llama_stack.providers.registry.vector_io_remote import PROVIDERS
from llama_stack.providers.spec import ProviderSpec
from tests.support.json_service import Call, Refused, json_service

pytestmark = pytest.mark.anyio

ADDRESS = {
    "remote::chromadb": "url",
    "remote::qdrant": "url",
    "remote::elasticsearch": "elasticsearch_url",
    "remote::weaviate": "weaviate_cluster_url",
}  # of those with a REST API
REMOTE = [spec for spec in PROVIDERS if spec.provider_type.startswith("remote::") and spec.provider_type in ADDRESS]
KEY = {
    "remote::chromadb": "api_key",
    "remote::qdrant": "api_key",
    "remote::elasticsearch": "elasticsearch_api_key",
    "remote::weaviate": "weaviate_api_key",
}
SECRET = "a-secret-of-ours"


def made(spec: ProviderSpec, **settings: Any) -> Any:
    if spec.missing():
        pytest.skip(spec.install_hint)
    cls = spec.load()
    config = inspect.signature(cls, eval_str=True).parameters["config"].annotation
    return cls(config=config.model_validate(settings), provider_id="here")


@pytest.fixture(params=REMOTE, ids=lambda spec: spec.provider_type)
def remote(request: pytest.FixtureRequest) -> ProviderSpec:
    spec: ProviderSpec = request.param
    return spec


@pytest.mark.parametrize("spec", PROVIDERS, ids=lambda spec: spec.provider_type)
async def test_what_is_not_configured_waits_and_says_for_what(spec: ProviderSpec) -> None:
    async with made(spec) as index:
        health = await index.health()
        assert health.state == "unconfigured"
        assert f"set {spec.key_env or spec.url_env}" in health.reason
        with pytest.raises(UnavailableError, match=f"here has no .*set {spec.key_env or spec.url_env}"):
            await index.list_stores()


@pytest.mark.parametrize("spec", PROVIDERS, ids=lambda spec: spec.provider_type)
def test_where_stores_are_listed_is_not_asked(spec: ProviderSpec) -> None:
    with pytest.raises(ValidationError, match=r"(?s)persistence\n  stores are listed from the backend itself"):
        made(spec, persistence={"backend": "kv_default", "namespace": "x"})


async def test_a_service_that_is_away_is_named_with_its_address(remote: ProviderSpec) -> None:
    async with made(remote, **{ADDRESS[remote.provider_type]: "http://127.0.0.1:9"}) as index:
        with pytest.raises(StackError, match=r"here cannot be reached at http://127\.0\.0\.1:9"):
            await index.health()
        with pytest.raises(StackError, match="here cannot be reached"):
            await index.list_stores()


@pytest.fixture
async def refusing() -> AsyncIterator[str]:
    def act(call: Call) -> Any:
        raise Refused(401, {"error": f"no entry with {' '.join(call.headers.values())}"})

    with json_service(act) as url:
        yield url


async def test_a_refusal_keeps_its_words_but_no_key(remote: ProviderSpec, refusing: str) -> None:
    kind = remote.provider_type
    async with made(remote, **{ADDRESS[kind]: refusing, KEY[kind]: SECRET}) as index:
        with pytest.raises(StackError, match=r"here at http.*: no entry with ") as caught:
            await index.list_stores()
        assert "***" in caught.value.message
        assert SECRET not in caught.value.message
        assert caught.value.status == 401
