"""Embedding models in sentence-transformers' format, without torch."""

from .provider import SentenceTransformers, SentenceTransformersConfig

__all__ = ("SentenceTransformers", "SentenceTransformersConfig")
