"""vLLM: its health, what an operator adds to requests, what it cannot take."""

from typing import Any

import pytest

from llama_stack.apis.errors import UpstreamError
from llama_stack.apis.inference import CompletionRequest, EmbeddingsRequest
from llama_stack.apis.providers import Health
from tests.unit.providers.remote.clouds import Status, answering, chat, provider, recorded, unopened

pytestmark = pytest.mark.anyio

CHAT = {"/chat/completions": recorded("vllm.chat.thinks")}


async def sent(config: dict[str, Any], **fields: Any) -> Any:
    """What the server was asked, for a chat with these fields."""
    with answering(CHAT) as service:
        async with provider("vllm", base_url=service.url, **config) as vllm:
            await vllm.post_chat_completion(chat(**fields))
    return service.asked[0].json


async def test_fields_that_only_vllm_has_pass() -> None:
    fields = {"top_k": 5, "guided_json": {"type": "object"}, "chat_template_kwargs": {"enable_thinking": False}}
    assert fields.items() <= (await sent({}, **fields)).items()


async def test_no_limit_is_made_up() -> None:
    assert "max_tokens" not in await sent({})


async def test_an_operators_limit_is_for_requests_that_do_not_say() -> None:
    assert (await sent({"max_tokens": 64}))["max_tokens"] == 64
    assert (await sent({"max_tokens": 64}, max_tokens=9))["max_tokens"] == 9
    assert "max_tokens" not in await sent({"max_tokens": 64}, max_completion_tokens=9)
    assert (await sent({"max_tokens": 64}, max_tokens=None))["max_tokens"] == 64


async def test_an_operators_fields_are_for_chats_that_do_not_have_them() -> None:
    config = {"extra_body": {"top_k": 20, "repetition_penalty": 1.1}}
    assert {"top_k": 3, "repetition_penalty": 1.1}.items() <= (await sent(config, top_k=3)).items()


async def test_completions_get_the_limit_and_embeddings_nothing() -> None:
    answers = {"/completions": recorded("vllm.completions"), "/embeddings": recorded("openai.embeddings")}
    with answering(answers) as service:
        async with provider("vllm", base_url=service.url, max_tokens=64, extra_body={"top_k": 1}) as vllm:
            await vllm.post_completion(CompletionRequest.from_wire(b'{"model": "m", "prompt": "x"}'))
            await vllm.post_embeddings(EmbeddingsRequest.from_wire(b'{"model": "m", "input": "x"}'))
    assert service.asked[0].json == {"model": "m", "prompt": "x", "max_tokens": 64}
    assert service.asked[1].json == {"model": "m", "input": "x"}


async def test_a_request_that_is_not_changed_keeps_its_bytes() -> None:
    request = chat(temperature=0.5)
    with answering(CHAT) as service:
        async with provider("vllm", base_url=service.url) as vllm:
            await vllm.post_chat_completion(request)
    assert service.asked[0].body == request.wire


async def test_its_refusal_is_passed_on() -> None:
    refusal = {"error": {"message": "the model's context length is only 4096 tokens", "code": 400}}
    with answering({"/chat/completions": Status((400, refusal))}) as service:
        async with provider("vllm", base_url=service.url) as vllm:
            with pytest.raises(UpstreamError, match="context length") as caught:
                await vllm.post_chat_completion(chat())
    assert caught.value.status == 400


async def test_its_models_tell_their_context() -> None:
    with answering({"/v1/models": recorded("vllm.models")}) as service:
        async with provider("vllm", base_url=service.url) as vllm:
            (model,) = await vllm.list_models()
    assert (model.identifier, model.model_type) == ("Qwen/Qwen3-Reranker-0.6B", "rerank")
    assert model.metadata["context_length"] == 40960


HEALTH: list[tuple[Any, Health]] = [
    (b"", Health(state="ready")),
    (Status((503, b"")), Health(state="degraded", reason="vllm's engine is dead; restart the server")),
    (Status((404, b"")), Health(state="ready")),
]


@pytest.mark.parametrize(("answer", "health"), HEALTH)
async def test_its_health_is_that_of_its_engine(answer: Any, health: Health) -> None:
    with answering({"/health": answer}) as service:
        async with provider("vllm", base_url=f"{service.url}/v1") as vllm:
            assert await vllm.health() == health
    assert service.asked[0].path == "/health"


async def test_a_server_that_is_not_there_is_degraded() -> None:
    async with provider("vllm", base_url="http://127.0.0.1:9/v1") as vllm:
        health = await vllm.health()
    assert health.state == "degraded"
    assert "cannot be reached" in (health.reason or "")


def test_older_configs_say_tls_verify() -> None:
    assert unopened("vllm", base_url="https://h", tls_verify="false").config.network.tls.verify is False
    assert unopened("vllm", base_url="https://h", tls_verify="/ca.pem").config.network.tls.verify == "/ca.pem"
    assert unopened("vllm", base_url="https://h").config.network.tls.verify is True
