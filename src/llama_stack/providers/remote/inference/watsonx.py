"""IBM watsonx.ai: an API key that is exchanged for IAM tokens, a project, its own lists, embeddings and rerank.

Facts (read 2026-11): a token comes from `https://iam.cloud.ibm.com/identity/token` ("Generating an IBM Cloud IAM token
by using an API key"); chat is at `/ml/v1/chat/completions` with `project_id` or `space_id` in the body; models,
embeddings and rerank are at `/ml/v1/foundation_model_specs`, `/ml/v1/text/embeddings` and `/ml/v1/text/rerank`, with
`version` in the query (watsonx.ai API reference; the ibm-watsonx-ai SDK's `href_definitions`).
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import Field
from typing_extensions import override

from ....apis.errors import UnsupportedError
from ....apis.inference import Embeddings, EmbeddingsRequest, Reranking, RerankRequest
from ....apis.models import Model, ModelType
from ....apis.wire import WireRequest, edit
from ....core.request_context import current
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.authorized import BearerPerKey, open_authorized
from ...utils.oauth import fetch_token
from ...utils.rerank import texts_of
from ...utils.tokens import TokenSource
from ...utils.transport import Transport
from .openai_compatible import OpenAICompatible

__all__ = ("Watsonx", "WatsonxConfig")

_GRANT = "urn:ibm:params:oauth:grant-type:apikey"
_FUNCTIONS: tuple[tuple[str, ModelType], ...] = (
    ("text_chat", "llm"),
    ("text_generation", "llm"),
    ("embedding", "embedding"),
    ("rerank", "rerank"),
)


class WatsonxConfig(RemoteConfig):
    """A region's address, and the project or the deployment space that is billed."""

    project_id: str | None = None
    space_id: str | None = Field(default=None, description="in place of a project")
    iam_url: str = "https://iam.cloud.ibm.com"
    version: str = Field(default="2024-10-10", description="the API's version, for what is not OpenAI's")
    timeout: float | None = Field(default=None, gt=0, description="seconds; network.read_timeout_seconds if left out")

    @override
    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if self.timeout is not None:
            self.network = self.network.model_copy(update={"read_timeout_seconds": self.timeout})


class Watsonx(OpenAICompatible):
    """watsonx.ai. A caller's own IBM Cloud API key gets tokens of its own; the project stays the operator's."""

    config: WatsonxConfig

    def __init__(self, config: WatsonxConfig, provider_id: str, spec: ProviderSpec) -> None:
        super().__init__(config, provider_id, spec)
        named = ("project_id", config.project_id), ("space_id", config.space_id)
        self._place = next(({name: value} for name, value in named if value), {})

    @override
    def _transport(self) -> Transport | None:
        def tokens(plain: Transport, key: str) -> TokenSource[str]:
            form = {"grant_type": _GRANT, "apikey": key}
            url = f"{self.config.iam_url.rstrip('/')}/identity/token"
            return TokenSource(lambda: fetch_token(plain, self.provider_id, url, form))

        return open_authorized(
            self.provider_id,
            self.config.network,
            lambda plain: BearerPerKey(self._current_key, lambda key: tokens(plain, key)),
        )

    def _current_key(self) -> str:
        return current.get().provider_key(self.service.name) or self.key

    @override
    def _key_headers(self, key: str) -> dict[str, str]:
        return {}  # the key itself is for the token service alone

    @override
    def _missing(self) -> str | None:
        return super()._missing() or (None if self._place else "set WATSONX_PROJECT_ID, or space_id in its config")

    @override
    def _prepare(self, request: WireRequest) -> tuple[bytes, Mapping[str, str] | None]:
        body, headers = super()._prepare(request)
        return edit(body, put=self._place), headers

    # ---- what is not OpenAI's

    @override
    async def _listing(self) -> Any:
        answer = await self.relay.get(self._own("/foundation_model_specs") + "&limit=200", self._caller_headers())
        return {"data": [{**row, "id": row.get("model_id")} for row in answer.get("resources", []) if _type(row)]}

    @override
    def _model(self, row: Mapping[str, Any]) -> Model:
        limits = row.get("model_limits") or {}
        facts = {
            "context_length": limits.get("max_sequence_length"),
            "embedding_dimension": limits.get("embedding_dimension"),
            "max_output_tokens": limits.get("max_output_tokens"),
        }
        metadata = {name: value for name, value in facts.items() if isinstance(value, int)}
        return super()._model(row).model_copy(update={"model_type": _type(row) or "llm", "metadata": metadata})

    @override
    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        texts = [request.input] if isinstance(request.input, str) else request.input
        if request.encoding_format == "base64" or request.dimensions or not all(isinstance(t, str) for t in texts):
            raise UnsupportedError(f"{self.provider_id} embeds texts, as floats, in the model's own dimension")
        answer = await self._ask("/text/embeddings", request, {"inputs": texts})
        data = [{"object": "embedding", "index": i, "embedding": row["embedding"]} for i, row in _numbered(answer)]
        count = answer.get("input_token_count", 0)
        usage = {"prompt_tokens": count, "total_tokens": count}
        return Embeddings.model_validate({"object": "list", "data": data, "model": request.model, "usage": usage})

    @override
    async def rerank(self, request: RerankRequest) -> Reranking:
        query, items = texts_of(request)
        asked: dict[str, Any] = {"query": query, "inputs": [{"text": item} for item in items]}
        if request.max_num_results is not None:
            asked["parameters"] = {"return_options": {"top_n": request.max_num_results}}
        answer = await self._ask("/text/rerank", request, asked)
        ranked = [{"index": row["index"], "relevance_score": row["score"]} for row in answer["results"]]
        return Reranking.model_validate({"data": sorted(ranked, key=lambda row: -row["relevance_score"])})

    async def _ask(self, path: str, request: WireRequest, asked: Mapping[str, Any]) -> Any:
        _, headers = self._prepare(request)
        body = msgspec.json.encode({"model_id": request.model, **asked, **self._place})
        return msgspec.json.decode(await self.relay.call("POST", self._own(path), body, headers))

    def _own(self, path: str) -> str:
        return f"{path}?version={self.config.version}"


def _numbered(answer: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(answer["results"]))


def _type(row: Mapping[str, Any]) -> ModelType | None:
    """What a model is for; None when it is for nothing that is served here (time series, …)."""
    told = {function.get("id") for function in row.get("functions") or ()}
    return next((kind for function, kind in _FUNCTIONS if function in told), None)
