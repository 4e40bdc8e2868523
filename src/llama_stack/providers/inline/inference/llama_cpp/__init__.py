"""GGUF models on this machine, run by llama.cpp in processes of its own."""

from .config import LlamaCppConfig
from .provider import LlamaCpp

__all__ = ("LlamaCpp", "LlamaCppConfig")
