"""NVIDIA NIM: hosted and one's own, and its rerankers."""

import json

import pytest

from llama_stack.apis.errors import UnauthenticatedError, UnsupportedError
from llama_stack.apis.inference import RerankRequest
from tests.unit.providers.remote.clouds import answering, chat, provider, recorded, unopened

pytestmark = pytest.mark.anyio

# The answer in "Use NVIDIA NeMo Retriever Reranking NIM".
RANKINGS = {
    "rankings": [
        {"index": 0, "logit": -1.2421875},
        {"index": 3, "logit": -3.029296875},
        {"index": 2, "logit": -5.41015625},
        {"index": 1, "logit": -8.2421875},
    ]
}


def ranking(**fields: object) -> RerankRequest:
    asked = {"model": "nvidia/llama-nemotron-rerank-1b-v2", "query": "which way?", "items": ["a", "b", "c", "d"]}
    return RerankRequest.from_wire(json.dumps(asked | fields).encode())


async def test_a_nim_of_one_s_own_ranks_without_a_key() -> None:
    with answering({"/v1/ranking": RANKINGS}) as service:
        async with provider("nvidia", base_url=service.url) as nvidia:
            ranked = await nvidia.rerank(ranking(max_num_results=2))
            assert (await nvidia.health()).state == "ready"
    assert service.asked[0].json == {
        "model": "nvidia/llama-nemotron-rerank-1b-v2",
        "query": {"text": "which way?"},
        "passages": [{"text": "a"}, {"text": "b"}, {"text": "c"}, {"text": "d"}],
    }
    assert [(row.index, row.relevance_score) for row in ranked.data] == [(0, -1.2421875), (3, -3.029296875)]


async def test_a_reranker_may_have_an_address_of_its_own() -> None:
    with answering({"/elsewhere": RANKINGS}) as service:
        urls = {"nvidia/llama-nemotron-rerank-1b-v2": f"{service.url}/elsewhere"}
        async with provider("nvidia", base_url=service.url, api_key="k", rerank_model_to_url=urls) as nvidia:
            assert len((await nvidia.rerank(ranking())).data) == 4
    assert service.asked[0].headers["authorization"] == "Bearer k"


HOSTED = {
    "nvidia/llama-3.2-nv-rerankqa-1b-v2": "nvidia/llama-3_2-nv-rerankqa-1b-v2/reranking",
    "nvidia/llama-nemotron-rerank-1b-v2": "nvidia/llama-nemotron-rerank-1b-v2/reranking",
    "nv-rerank-qa-mistral-4b:1": "nvidia/reranking",
}


@pytest.mark.parametrize("model", HOSTED)
def test_a_hosted_reranker_is_where_nvidia_lists_it(model: str) -> None:
    nvidia = unopened("nvidia", base_url="https://integrate.api.nvidia.com", api_key="k")
    assert nvidia._ranking_url(model) == f"https://ai.api.nvidia.com/v1/retrieval/{HOSTED[model]}"


async def test_images_are_not_ranked() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}
    with pytest.raises(UnsupportedError, match="images"):
        await unopened("nvidia", base_url="http://127.0.0.1:9").rerank(ranking(items=[image]))


async def test_nvidia_s_own_servers_need_a_key() -> None:
    nvidia = unopened("nvidia", base_url="https://integrate.api.nvidia.com/v1")
    assert (await nvidia.health()).reason == "set NVIDIA_API_KEY"
    with pytest.raises(UnauthenticatedError, match="set NVIDIA_API_KEY"):
        await nvidia.post_chat_completion(chat())


@pytest.mark.parametrize(("append", "path"), [(True, "/v1/chat/completions"), (False, "/chat/completions")])
async def test_a_bare_address_is_completed_unless_told_otherwise(append: bool, path: str) -> None:
    with answering({"/chat/completions": recorded("openai.chat")}) as service:
        async with provider("nvidia", base_url=service.url, append_api_version=append, timeout=9) as nvidia:
            await nvidia.post_chat_completion(chat())
    assert service.asked[0].path == path
    assert nvidia.config.network.read_timeout_seconds == 9
