"""The inference router: the right kind of model for each call, and completions stored when asked."""

import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec

from ...apis import Inference
from ...apis.common import Deleted, Order
from ...apis.declare import Route, routes_of
from ...apis.errors import BadRequestError, StackError
from ...apis.inference import (
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
from ...apis.inference.types import StoredCompletion, StoredCompletions, StoredMessages, UpdateChatCompletion
from ...apis.models import ModelType
from ...apis.stream import EventStream, payloads
from ...apis.wire import WireRequest
from ...providers.utils.assembler import Assembler
from ..routing_tables.models import ModelTable
from ..storage.completions import CompletionRecord, CompletionStore
from ..storage.ownership import owner
from .common import operation, started
from .fitness import refuse_unfit

__all__ = ("InferenceRouter",)

log = logging.getLogger(__name__)

Whose = tuple[str, str]  # the tenant, and who there

_ROUTES = {route.name: route for route in routes_of(Inference)}
_MODEL_TYPES: dict[str, ModelType] = {"post_embeddings": "embedding", "rerank": "rerank"}


class InferenceRouter:
    """Implements the Inference API over all providers.

    A completion is stored when its request says `store: true`, or, with `store_by_default`, unless it says
    `store: false`. What was streamed is stored at its end; an answer the caller broke off is not stored.
    """

    def __init__(self, table: ModelTable, store: CompletionStore, *, store_by_default: bool) -> None:
        self.table = table
        self.store = store
        self.store_by_default = store_by_default

    # ---- running models

    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        answer: ChatCompletion | EventStream[ChatCompletionChunk]
        answer = await self._run(_ROUTES["post_chat_completion"], request)
        keep = request.store
        if self.store_by_default if keep is None else keep:
            return await self._storing(request, answer)
        return answer

    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        return await self._run(_ROUTES["post_completion"], request)  # type: ignore[no-any-return]

    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        return await self._run(_ROUTES["post_embeddings"], request)  # type: ignore[no-any-return]

    async def rerank(self, request: RerankRequest) -> Reranking:
        return await self._run(_ROUTES["rerank"], request)  # type: ignore[no-any-return]

    async def _run(self, route: Route, request: WireRequest) -> Any:
        provider, model = await self.table.find(request.model)
        wanted = _MODEL_TYPES.get(route.name, "llm")
        if model.model_type != wanted and "model_type" in model.model_fields_set:
            message = (
                f"{model.identifier!r} is a model of type {model.model_type}; this call needs one of type {wanted}"
            )
            raise BadRequestError(message, param="model", code="wrong_model_type")
        if model.metadata:
            refuse_unfit(model, request)
        method = operation(provider, route, model)
        return await started(await method(request.for_model(model.provider_resource_id)), route)

    # ---- storing

    async def _storing(
        self, request: ChatCompletionRequest, answer: ChatCompletion | EventStream[ChatCompletionChunk]
    ) -> ChatCompletion | EventStream[ChatCompletionChunk]:
        whose = owner()  # now: who reads the end of a stream may be in another context
        if isinstance(answer, EventStream):
            return EventStream(ChatCompletionChunk, self._storing_stream(request, answer, whose), source=answer)
        await self._keep(request, msgspec.json.decode(answer.wire), whose)
        return answer

    async def _storing_stream(
        self, request: ChatCompletionRequest, stream: EventStream[ChatCompletionChunk], whose: Whose
    ) -> AsyncGenerator[bytes, None]:
        assembler = Assembler()
        async for block in stream.blocks():
            for chunk in payloads(block):
                assembler.feed(msgspec.json.decode(chunk))
            yield block
        await self._keep(request, assembler.finish(), whose)

    async def _keep(self, request: ChatCompletionRequest, completion: dict[str, Any], whose: Whose) -> None:
        """Store an answer. The caller gets it even when that fails: it has been paid for."""
        completion = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), **completion}
        try:
            await self.store.put(_record(request, completion, whose))
        except StackError as error:
            log.error("completion %s is not stored: %s", completion["id"], error)

    async def list_chat_completions(
        self,
        after: str | None = None,
        limit: int = 20,
        model: str | None = None,
        order: Order = "desc",
        metadata: dict[str, str] | None = None,
    ) -> StoredCompletions:
        return await self.store.list(after=after, limit=limit, model=model, order=order, metadata=metadata)

    async def get_chat_completion(self, completion_id: str) -> StoredCompletion:
        return await self.store.get(completion_id)

    async def list_chat_completion_messages(
        self, completion_id: str, after: str | None = None, limit: int = 20, order: Order = "asc"
    ) -> StoredMessages:
        return await self.store.messages(completion_id, after=after, limit=limit, order=order)

    async def update_chat_completion(self, completion_id: str, request: UpdateChatCompletion) -> StoredCompletion:
        return await self.store.update(completion_id, request.metadata or {})

    async def delete_chat_completion(self, completion_id: str) -> Deleted:
        return await self.store.delete(completion_id)


class _Asked(msgspec.Struct):
    """What is kept of a request."""

    messages: msgspec.Raw
    metadata: dict[str, str] | None = None


def _record(request: ChatCompletionRequest, completion: dict[str, Any], whose: Whose) -> CompletionRecord:
    (tenant, user), asked = whose, msgspec.json.decode(request.wire, type=_Asked)
    return CompletionRecord(
        id=completion["id"],
        created=completion["created"],
        model=request.model,
        body=msgspec.json.encode(completion),
        messages=bytes(asked.messages),
        metadata=asked.metadata or {},
        tenant=tenant,
        owner=user,
    )
