"""Retrieval for models: documents into vector stores, and what answers a question out of them."""

from .provider import RagRuntime

__all__ = ("RagRuntime",)
