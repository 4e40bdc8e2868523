"""Hugging Face: the router to its inference providers, dedicated endpoints, and text-generation-inference.

Facts (read 2026-11): the router is `https://router.huggingface.co/v1`, whose list of models names each one's providers
with `context_length` and `supports_tools` ("Inference Providers"). A dedicated endpoint is described at
`https://api.endpoints.huggingface.cloud/v2/endpoint/NAMESPACE/NAME` with `status.state` and `status.url`
(huggingface_hub, `_inference_endpoints.py`). A TGI server names its model at `/info`, with `max_total_tokens`.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import quote

from pydantic import AliasChoices, Field
from typing_extensions import override

from ....apis.errors import UnavailableError, UpstreamError
from ....apis.inference import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    Completion,
    CompletionRequest,
    Embeddings,
    EmbeddingsRequest,
)
from ....apis.models import Model
from ....apis.providers import Health
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.addresses import beside, origin
from .openai_compatible import OpenAICompatible

__all__ = ("EndpointConfig", "HuggingFaceEndpoint", "HuggingFaceRouter", "RouterConfig", "TextGenerationInference")

_ANSWERING = frozenset({"running", "scaledToZero", "updating"})  # a call wakes one that is scaled to zero


class RouterConfig(RemoteConfig):
    """The router, or one model of it."""

    huggingface_repo: str | None = Field(default=None, description="list and serve this model only")

    @override
    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if self.huggingface_repo and self.allowed_models is None:
            self.allowed_models = [self.huggingface_repo]


class HuggingFaceRouter(OpenAICompatible):
    """Models that Hugging Face's partners serve; `model:provider` and `model:fastest` choose among them."""

    config: RouterConfig

    def __init__(self, config: RouterConfig, provider_id: str, spec: ProviderSpec) -> None:
        super().__init__(config, provider_id, spec)

    @override
    def _is_allowed(self, model: str) -> bool:
        return super()._is_allowed(model) or super()._is_allowed(model.partition(":")[0])

    @override
    def _model(self, row: Mapping[str, Any]) -> Model:
        """What the best of a model's providers can do."""
        model = super()._model(row)
        live = [each for each in row.get("providers") or () if each.get("status") == "live"]
        lengths = [each["context_length"] for each in live if isinstance(each.get("context_length"), int)]
        facts: dict[str, Any] = {"context_length": max(lengths)} if lengths else {}
        if any("supports_tools" in each for each in live):
            facts["tools"] = any(each.get("supports_tools") for each in live)
        return model.model_copy(update={"metadata": {**model.metadata, **facts}})


class EndpointConfig(RemoteConfig):
    """A dedicated endpoint by its name, or by its URL in `base_url`."""

    endpoint_name: str | None = Field(default=None, description="NAME, or NAMESPACE/NAME")
    namespace: str | None = Field(default=None, description="the user or organization; else that of the token")
    api_url: str = Field(
        default="https://api.endpoints.huggingface.cloud/v2", description="the service that knows the endpoints"
    )
    hub_url: str = Field(default="https://huggingface.co", validation_alias=AliasChoices("hub_url", "hf_endpoint"))


class HuggingFaceEndpoint(OpenAICompatible):
    """One dedicated endpoint. Its address is asked for at the first call, and again at each look for its models."""

    config: EndpointConfig

    def __init__(self, config: EndpointConfig, provider_id: str, spec: ProviderSpec) -> None:
        super().__init__(config, provider_id, spec)
        self._repository: str | None = None

    @override
    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        await self._locate()
        return await super().post_chat_completion(request)

    @override
    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        await self._locate()
        return await super().post_completion(request)

    @override
    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        await self._locate()
        return await super().post_embeddings(request)

    @override
    def _missing(self) -> str | None:
        if not self.config.endpoint_name and self.config.base_url is None:
            return "set INFERENCE_ENDPOINT_NAME, or endpoint_name in its config"
        return None if self.key else f"set {self.service.key_env}"

    @override
    def _require_address(self) -> None:
        """It is asked for."""

    @override
    async def _listing(self) -> Any:
        if self.config.base_url:
            return await super()._listing()
        await self._locate(again=True)
        return {"data": [{"id": self._repository}] if self._repository else []}

    async def _locate(self, *, again: bool = False) -> None:
        """Find the endpoint's address. Raises `UnavailableError` while it has none."""
        headers = self._caller_headers()
        if self.config.base_url or (self.base_url and not again):
            return
        name = await self._full_name(headers)
        told = await beside(self.relay, self.config.api_url).get(f"/endpoint/{quote(name)}", headers)
        status = told.get("status") or {}
        if status.get("state") not in _ANSWERING or not status.get("url"):
            message = f"{self.provider_id}: the endpoint {name} is {status.get('state')}; it answers once it is running"
            self._seen = Health(state="degraded", reason=message)
            raise UnavailableError(message)
        self._repository = (told.get("model") or {}).get("repository")
        self.base_url = self.relay.base_url = f"{status['url'].rstrip('/')}/v1"

    async def _full_name(self, headers: Mapping[str, str] | None) -> str:
        name = self.config.endpoint_name or ""
        if "/" in name:
            return name
        if self.config.namespace is None:
            whoami = await beside(self.relay, self.config.hub_url).get("/api/whoami-v2", headers)
            self.config.namespace = whoami["name"]
        return f"{self.config.namespace}/{name}"


class TextGenerationInference(OpenAICompatible):
    """A TGI server, which has one model and says what at `/info`."""

    @override
    async def _listing(self) -> Any:
        info = await beside(self.relay, origin(self.base_url or "")).get("/info", self._caller_headers())
        if not isinstance(info, dict) or not info.get("model_id"):
            message = f"{self.provider_id} names no model at /info; is it a TGI server?"
            raise UpstreamError(message, provider_id=self.provider_id, code="upstream_malformed")
        return {"data": [{"id": info["model_id"], "context_length": info.get("max_total_tokens")}]}
