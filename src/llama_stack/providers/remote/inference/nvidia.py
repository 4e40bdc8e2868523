"""NVIDIA NIM, hosted or on one's own machines, and its rerankers.

Facts (read 2026-11): a NIM ranks at `/v1/ranking` with `query.text` and `passages[].text`, and answers
`rankings[].{index, logit}` ("Use NVIDIA NeMo Retriever Reranking NIM"). Hosted rerankers each have an address at
`https://ai.api.nvidia.com/v1/retrieval/…/reranking`, with `_` for the dots of the model's name
(langchain-nvidia-ai-endpoints, `_statics.py`).
"""

from typing import Any

import msgspec
from pydantic import Field
from typing_extensions import override

from ....apis.inference import Reranking, RerankRequest
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.addresses import beside, origin
from ...utils.rerank import texts_of
from .openai_compatible import OpenAICompatible

__all__ = ("Nvidia", "NvidiaConfig")

_HOSTED = "https://integrate.api.nvidia.com"
_RETRIEVAL = "https://ai.api.nvidia.com/v1/retrieval"
_UNNAMED = {"nv-rerank-qa-mistral-4b:1": f"{_RETRIEVAL}/nvidia/reranking"}  # its address does not name it


class NvidiaConfig(RemoteConfig):
    """Where a NIM is. NVIDIA's own needs a key, another's need not."""

    append_api_version: bool = Field(default=True, description="complete a bare address with /v1")
    rerank_model_to_url: dict[str, str] = Field(default={}, description="rerank model → its whole URL")
    timeout: float | None = Field(default=None, gt=0, description="seconds; network.read_timeout_seconds if left out")

    @override
    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if self.timeout is not None:
            self.network = self.network.model_copy(update={"read_timeout_seconds": self.timeout})


class Nvidia(OpenAICompatible):
    """NIM's chat, completions, embeddings and rerank."""

    config: NvidiaConfig

    def __init__(self, config: NvidiaConfig, provider_id: str, spec: ProviderSpec) -> None:
        super().__init__(config, provider_id, spec)
        if config.base_url and not config.append_api_version:
            self.base_url = self.relay.base_url = config.base_url

    @property
    def is_hosted(self) -> bool:
        return self.base_url is not None and origin(self.base_url) == _HOSTED

    @override
    def _missing(self) -> str | None:
        return None if self.base_url and not self.is_hosted else super()._missing()

    @override
    async def rerank(self, request: RerankRequest) -> Reranking:
        _, headers = self._prepare(request)
        query, items = texts_of(request)
        asked = {"model": request.model, "query": {"text": query}, "passages": [{"text": item} for item in items]}
        relay = beside(self.relay, self._ranking_url(request.model))
        answer = msgspec.json.decode(await relay.call("POST", "", msgspec.json.encode(asked), headers))
        ranked = [{"index": row["index"], "relevance_score": row["logit"]} for row in answer["rankings"]]
        ranked.sort(key=lambda row: -row["relevance_score"])
        return Reranking.model_validate({"data": ranked[: request.max_num_results]})

    def _ranking_url(self, model: str) -> str:
        if url := self.config.rerank_model_to_url.get(model):
            return url
        if not self.is_hosted:
            return f"{self.base_url}/ranking"
        return _UNNAMED.get(model) or f"{_RETRIEVAL}/{model.replace('.', '_')}/reranking"
