"""Every provider there is: our rows, and what other packages offer through entry points."""

from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

from ...apis import APIS
from ...apis.catalogue import leave_out, offered
from ..spec import ProviderSpec
from . import file_processors, files, inference, tool_runtime, vector_io

__all__ = ("PROVIDER_GROUP", "specs")

PROVIDER_GROUP = "llama_stack.providers"


@cache
def specs() -> dict[str, dict[str, ProviderSpec]]:
    """API → provider type → row. Another package's row that cannot be used is left out, with a warning."""
    found: dict[str, dict[str, ProviderSpec]] = {}
    for spec in (
        *inference.PROVIDERS,
        *files.PROVIDERS,
        *file_processors.PROVIDERS,
        *vector_io.PROVIDERS,
        *tool_runtime.PROVIDERS,
    ):
        found.setdefault(spec.api, {})[spec.provider_type] = spec
    for point, spec in _third_party():
        if spec.api not in APIS:
            leave_out(point, f"{spec.provider_type} is for an API {spec.api!r}, which nobody declares")
        elif spec.provider_type in found.get(spec.api, {}):
            leave_out(point, f"the {spec.api} provider {spec.provider_type} is there already")
        else:
            found.setdefault(spec.api, {})[spec.provider_type] = spec
    return found


def _third_party() -> Iterator[tuple[EntryPoint, ProviderSpec]]:
    for point, found in offered(PROVIDER_GROUP):
        for spec in _several(found):
            if isinstance(spec, ProviderSpec):
                yield point, spec
            else:
                leave_out(point, f"it should name a ProviderSpec, or a tuple of them, not {spec!r}")


def _several(found: Any) -> tuple[Any, ...]:
    return tuple(found) if isinstance(found, tuple | list) else (found,)
