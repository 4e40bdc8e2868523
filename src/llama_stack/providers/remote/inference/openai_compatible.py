"""Every service that speaks OpenAI's wire format: one class, one row of facts each (`services/`)."""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any, Self, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec
from pydantic import AliasChoices, Field

from ....apis.errors import (
    ModelNotFoundError,
    StackError,
    UnauthenticatedError,
    UnavailableError,
    UnsupportedError,
    UpstreamError,
)
from ....apis.inference import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    Completion,
    CompletionRequest,
    Embeddings,
    EmbeddingsRequest,
    Reranking,
    RerankRequest,
)
from ....apis.inference.types import Reranked
from ....apis.models import Model
from ....apis.providers import Health
from ....apis.stream import EventStream
from ....apis.wire import WireModel, WireRequest
from ....core.request_context import current
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.capabilities import created, facts, model_type, rows
from ...utils.dialect import Dialect
from ...utils.quirks import QUIRKS, Mender, with_usage
from ...utils.relay import Relay
from ...utils.rerank import texts_of
from ...utils.transport import Transport
from .services import Service

__all__ = ("OpenAICompatible",)

A = TypeVar("A", bound=WireModel)
E = TypeVar("E", bound=WireModel)

_READY = Health(state="ready")


class OpenAICompatible:
    """Chat, completions, embeddings and rerank at `{base_url}/…`, with the operator's key or the caller's own."""

    def __init__(self, config: RemoteConfig, provider_id: str, spec: ProviderSpec) -> None:
        service = spec.facts
        if not isinstance(service, Service):
            raise TypeError(f"{spec.provider_type}: the facts of its row are no Service")
        self.config, self.provider_id, self.service = config, provider_id, service
        self.base_url = _with_path(config.base_url, service)
        self.key = config.api_key.get_secret_value() if config.api_key else ""
        self.relay = Relay(provider_id, self.base_url or "", network=config.network, transport=self._transport())
        self.relay.headers |= {**service.headers, **self._key_headers(self.key)}
        self.dialect = Dialect(service.rename, service.drop, service.values, service.roles)
        # Those of chats and texts; embeddings have their own.
        self.quirks = [name for name in service.quirks if name in QUIRKS]
        self.allowed = None if config.allowed_models is None else frozenset(config.allowed_models)
        self._seen = self._absent or _READY  # how the last look at it went

    async def __aenter__(self) -> Self:
        await self.relay.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.relay.__aexit__(*exc)

    # ---- inference

    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        self._require("chat")
        return await self._generate("/chat/completions", request, ChatCompletion, ChatCompletionChunk)

    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        self._require("completions")
        return await self._generate("/completions", request, Completion, Completion)

    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        self._require("embeddings")
        body, headers = self._prepare(request)
        content = await self.relay.call("POST", self._path("/embeddings", request.model), body, headers)
        return Embeddings.from_wire(with_usage(content) if "embeddings_usage" in self.service.quirks else content)

    async def rerank(self, request: RerankRequest) -> Reranking:
        self._require("rerank")
        _, headers = self._prepare(request)
        query, documents = texts_of(request)
        body: dict[str, Any] = {"model": request.model, "query": query, "documents": documents}
        if request.max_num_results is not None:
            body["top_n"] = request.max_num_results
        asked = self.dialect.apply(msgspec.json.encode(body))
        answer = await self.relay.whole("/rerank", asked, _Ranks, headers)
        return Reranking(data=sorted(answer.results, key=lambda ranked: -ranked.relevance_score))

    async def _generate(
        self, operation: str, request: ChatCompletionRequest | CompletionRequest, answer: type[A], event: type[E]
    ) -> A | EventStream[E]:
        body, headers = self._prepare(request)
        path = self._path(operation, request.model)
        if request.stream:
            stream = await self.relay.stream(path, body, event, headers)
            return await self._mended(stream, request.model) if self.quirks else stream
        if not self.quirks:
            return await self.relay.whole(path, body, answer, headers)
        content = await self.relay.call("POST", path, body, headers)
        return answer.from_wire(self._mender(request.model, answer).whole(content))

    async def _mended(self, stream: EventStream[E], model: str) -> EventStream[E]:
        mended = EventStream(stream.event, self._mender(model, stream.event).stream(stream), source=stream)
        try:
            return await mended.start()
        except BaseException:
            await mended.aclose()
            raise

    def _mender(self, model: str, answer: type[WireModel]) -> Mender:
        return Mender(self.quirks, self.provider_id, model, _kind(answer))

    # ---- what the routing table asks

    async def list_models(self) -> list[Model]:
        """The models the service lists now."""
        self._require_address()
        try:
            answer = await self._listing()
        except UpstreamError as error:
            self._seen = self._unreachable(error)
            raise
        self._seen = _READY
        listed = [row for row in rows(answer) if row.get(self.service.id_field)]
        return [self._model(row) for row in listed if self._is_allowed(self._name(row))]

    async def health(self) -> Health:
        """What is missing to use the service, else how the last look at it went."""
        if missing := self._missing():
            return Health(state="unconfigured", reason=missing)
        return self._seen

    def _unreachable(self, error: StackError) -> Health:
        return self._absent or Health(state="degraded", reason=error.message)

    @property
    def _absent(self) -> Health | None:
        """What is true of a local server that nobody asked for, until it is seen at its usual address."""
        if not self.service.is_local or self.base_url != self.service.base_url:
            return None
        reason = f"no server at {self.base_url}; start one, or set {self.service.url_env}"
        return Health(state="unconfigured", reason=reason)

    def _name(self, row: Mapping[str, Any]) -> str:
        return str(row[self.service.id_field]).removeprefix(self.service.strip_prefix)

    def _model(self, row: Mapping[str, Any]) -> Model:
        name = self._name(row)
        return Model(
            identifier=name,
            provider_id=self.provider_id,
            provider_resource_id=name,
            source="listed",
            model_type=model_type(row, name, usual="embedding" if "chat" in self.service.lacks else "llm"),
            created=created(row),
            metadata=facts(row),
        )

    # ---- what a class of its own may change

    def _transport(self) -> Transport | None:
        """What calls are sent with; None for the usual one."""
        return None

    def _path(self, operation: str, model: str) -> str:
        """Where an operation of a model is, below `base_url`."""
        return operation

    async def _listing(self) -> Any:
        """The service's answer about its models; of one that has no list, those that the config allows."""
        if not self.service.models:
            return [{self.service.id_field: name} for name in sorted(self.allowed or ())]
        url = urljoin(f"{self.base_url}/", self.service.models)
        catalogue = Relay(self.provider_id, url, network=self.config.network, transport=self.relay.transport)
        catalogue.headers = self.relay.headers
        return await catalogue.get("", self._caller_headers())

    def _missing(self) -> str | None:
        """What must be set before the service can be used with the operator's own account."""
        if self.base_url is None:
            return f"set {self.service.url_env}" + ("" if self.service.is_template else " to its address")
        if self.service.needs_key and not self.key:
            return f"set {self.service.key_env}"
        return None

    # ---- requests

    def _require_address(self) -> None:
        if self.base_url is None:
            raise UnavailableError(f"{self.provider_id} has no base_url; {self._missing()}")

    def _require(self, operation: str) -> None:
        if operation in self.service.lacks:
            raise UnsupportedError(f"{self.provider_id} ({self.service.label}) has no {operation}")

    def _is_allowed(self, model: str) -> bool:
        return self.allowed is None or model in self.allowed

    def _prepare(self, request: WireRequest) -> tuple[bytes, Mapping[str, str] | None]:
        """The body as this service wants it, and the headers that carry the caller's own key."""
        if not self._is_allowed(request.model):
            raise ModelNotFoundError(
                f"{self.provider_id} does not allow {request.model!r} (allowed_models)", param="model"
            )
        self._require_address()
        body = request.wire
        if self.dialect:
            body = self.dialect.apply(body)
        return body, self._caller_headers()

    def _caller_headers(self) -> dict[str, str] | None:
        """Headers with the key that the caller sent along; None to use the operator's."""
        field = self.service.name.replace("-", "_")
        if key := current.get().provider_key(field):
            return self._key_headers(key)
        if missing := self._missing():
            message = f"{self.provider_id} has no API key: {missing} where the server runs, or send "
            raise UnauthenticatedError(message + f'the header X-LlamaStack-Provider-Data: {{"{field}_api_key": "…"}}')
        return None

    def _key_headers(self, key: str) -> dict[str, str]:
        return {name: form.format(key) for name, form in self.service.key_headers.items()} if key else {}


@cache
def _kind(answer: type[WireModel]) -> str:
    """What an answer of this type calls itself."""
    return str(answer.model_fields["object"].default)


class _Ranks(WireModel):
    """The answer of a `/rerank` endpoint: Jina's shape, which most share, or Voyage's."""

    results: list[Reranked] = Field(validation_alias=AliasChoices("results", "data"))


def _with_path(base_url: str | None, service: Service) -> str | None:
    """A bare address gets the service's own path, so that `http://localhost:11434` means its `/v1`."""
    if base_url is None or urlsplit(base_url).path.strip("/") or service.is_template:
        return base_url
    return base_url + (urlsplit(service.base_url).path if service.base_url else "/v1")
