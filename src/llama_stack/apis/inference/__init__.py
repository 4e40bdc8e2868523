"""Inference: run models."""

from .inference import Inference
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
)

__all__ = (
    "ChatCompletion",
    "ChatCompletionChunk",
    "ChatCompletionRequest",
    "Completion",
    "CompletionRequest",
    "Embeddings",
    "EmbeddingsRequest",
    "Inference",
    "RerankRequest",
    "Reranking",
)
