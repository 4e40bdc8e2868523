"""What a provider of an API implements, where that is not what the API routes to it."""

from collections.abc import Mapping

from ..apis.vector_io.index import VectorIndex

__all__ = ("CONTRACTS",)

# API → the Protocol. The API itself is then served by the stack, on top of its providers.
CONTRACTS: Mapping[str, type] = {"vector_io": VectorIndex}
