"""Inference: chat completions, text completions, embeddings, rerank, and what was stored of them."""

from collections.abc import AsyncIterator
from typing import Protocol

from ..common import Deleted, Limit, Order
from ..declare import route
from .types import (
    ChatCompletion,
    ChatCompletionChunk,
    ChatCompletionRequest,
    Completion,
    CompletionRequest,
    Embeddings,
    EmbeddingsRequest,
    Reranking,
    RerankRequest,
    StoredCompletion,
    StoredCompletions,
    StoredMessages,
    UpdateChatCompletion,
)

__all__ = ("Inference",)


class Inference(Protocol):
    """Run models."""

    @route("POST", "/v1/chat/completions", routed_by="request.model", aliases=("/v1/openai/v1/chat/completions",))
    async def post_chat_completion(
        self, request: ChatCompletionRequest
    ) -> ChatCompletion | AsyncIterator[ChatCompletionChunk]:
        """Answer a conversation, whole or as a stream of chunks."""
        ...

    @route("POST", "/v1/completions", routed_by="request.model", aliases=("/v1/openai/v1/completions",))
    async def post_completion(self, request: CompletionRequest) -> Completion | AsyncIterator[Completion]:
        """Continue a text, whole or as a stream."""
        ...

    @route("POST", "/v1/embeddings", routed_by="request.model", aliases=("/v1/openai/v1/embeddings",))
    async def post_embeddings(self, request: EmbeddingsRequest) -> Embeddings:
        """Turn texts into vectors."""
        ...

    @route("POST", "/v1alpha/inference/rerank", routed_by="request.model")
    async def rerank(self, request: RerankRequest) -> Reranking:
        """Order items by their relevance to a query."""
        ...

    @route("GET", "/v1/chat/completions", aliases=("/v1/openai/v1/chat/completions",))
    async def list_chat_completions(
        self,
        after: str | None = None,
        limit: Limit = 20,
        model: str | None = None,
        order: Order = "desc",
        metadata: dict[str, str] | None = None,
    ) -> StoredCompletions:
        """List stored completions, newest first unless asked otherwise.

        `metadata[topic]=fish` asks for those whose metadata has this pair; of several pairs, for those that have all.
        """
        ...

    @route("GET", "/v1/chat/completions/{completion_id}", aliases=("/v1/openai/v1/chat/completions/{completion_id}",))
    async def get_chat_completion(self, completion_id: str) -> StoredCompletion:
        """Read a stored completion."""
        ...

    @route("GET", "/v1/chat/completions/{completion_id}/messages")
    async def list_chat_completion_messages(
        self, completion_id: str, after: str | None = None, limit: Limit = 20, order: Order = "asc"
    ) -> StoredMessages:
        """Read the messages that a stored completion answered."""
        ...

    @route("POST", "/v1/chat/completions/{completion_id}")
    async def update_chat_completion(self, completion_id: str, request: UpdateChatCompletion) -> StoredCompletion:
        """Replace a stored completion's metadata."""
        ...

    @route("DELETE", "/v1/chat/completions/{completion_id}")
    async def delete_chat_completion(self, completion_id: str) -> Deleted:
        """Forget a stored completion."""
        ...
