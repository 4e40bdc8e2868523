"""Llama Stack: every AI API an application needs, over any provider, chosen in a YAML file."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .apis.errors import StackError
    from .core.library_client import AsyncLlamaStackAsLibraryClient, LlamaStackAsLibraryClient
    from .core.stack import LlamaStack

__version__ = "0.1.0"

__all__ = ("AsyncLlamaStackAsLibraryClient", "LlamaStack", "LlamaStackAsLibraryClient", "StackError", "__version__")

_HOMES = {
    "AsyncLlamaStackAsLibraryClient": ".core.library_client",
    "LlamaStack": ".core.stack",
    "LlamaStackAsLibraryClient": ".core.library_client",
    "StackError": ".apis.errors",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import llama_stack` stays instant."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
