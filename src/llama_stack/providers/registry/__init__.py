"""Every provider there is: our rows, and what other packages offer through entry points."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points

from ...apis.errors import ConfigError
from ..spec import ProviderSpec
from . import inference

__all__ = ("specs",)

ENTRY_POINT_GROUP = "llama_stack.providers"


@cache
def specs() -> dict[str, dict[str, ProviderSpec]]:
    """API → provider type → row."""
    found: dict[str, dict[str, ProviderSpec]] = {}
    for spec in (*inference.PROVIDERS, *_third_party()):
        rows = found.setdefault(spec.api, {})
        if spec.provider_type in rows:
            raise ConfigError(f"two packages offer {spec.provider_type} for {spec.api}; uninstall one of them")
        rows[spec.provider_type] = spec
    return found


def _third_party() -> Iterable[ProviderSpec]:
    """An entry point names a `ProviderSpec`, or several."""
    for point in entry_points(group=ENTRY_POINT_GROUP):
        offered = point.load()
        yield from (offered,) if isinstance(offered, ProviderSpec) else offered
