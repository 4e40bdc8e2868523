"""The model catalogue: what is known of a model, by any of its names. Its data load when they are first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .catalogue import families, find_model, known_facts, models, resolve_model
    from .entry import Architecture, CatalogueModel, Family, Latent
    from .memory import cache_bytes, memory_needed, weight_bytes
    from .prompts import Message, PromptFormat, ToolCall, prompt_format
    from .quantization import QUANTIZATIONS, Quantization, quantization_in

__all__ = (
    "QUANTIZATIONS",
    "Architecture",
    "CatalogueModel",
    "Family",
    "Latent",
    "Message",
    "PromptFormat",
    "Quantization",
    "ToolCall",
    "cache_bytes",
    "families",
    "find_model",
    "known_facts",
    "memory_needed",
    "models",
    "prompt_format",
    "quantization_in",
    "resolve_model",
    "weight_bytes",
)

_HOMES = {
    ".catalogue": ("families", "find_model", "known_facts", "models", "resolve_model"),
    ".entry": ("Architecture", "CatalogueModel", "Family", "Latent"),
    ".memory": ("cache_bytes", "memory_needed", "weight_bytes"),
    ".prompts": ("Message", "PromptFormat", "ToolCall", "prompt_format"),
    ".quantization": ("QUANTIZATIONS", "Quantization", "quantization_in"),
}


def __getattr__(name: str) -> Any:
    """Import what is used: a server asks for facts alone."""
    for home, names in _HOMES.items():
        if name in names:
            value = globals()[name] = getattr(import_module(home, __name__), name)
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
