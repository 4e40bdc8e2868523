"""A client of a Llama Stack server: the same APIs as in the library, over HTTP."""

from .client import AsyncLlamaStackClient, LlamaStackClient

__all__ = ("AsyncLlamaStackClient", "LlamaStackClient")
