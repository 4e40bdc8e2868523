"""An embedding model of the project's own, small enough to travel with it."""

from .provider import MODEL, StaticEmbedding, StaticEmbeddingConfig

__all__ = ("MODEL", "StaticEmbedding", "StaticEmbeddingConfig")
