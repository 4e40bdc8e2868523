"""The providers API: who was configured, and how they are."""

from collections.abc import Callable, Sequence
from typing import Any

from ...apis.errors import NotFoundError
from ...apis.providers import ProviderInfo, ProviderList
from ..resolver import Provider

__all__ = ("BuiltinProviders",)


class BuiltinProviders:
    """Implements the Providers API over a list that may still grow. `redact` masks the secrets of a config."""

    def __init__(self, providers: Sequence[Provider], redact: Callable[[Provider], dict[str, Any]]) -> None:
        self._providers = providers
        self._redact = redact

    async def list_providers(self) -> ProviderList:
        return ProviderList(data=[await self._info(provider) for provider in self._providers])

    async def inspect_provider(self, provider_id: str) -> ProviderInfo:
        for provider in self._providers:
            if provider.provider_id == provider_id:
                return await self._info(provider)
        known = ", ".join(provider.provider_id for provider in self._providers)
        raise NotFoundError(f"provider {provider_id!r} not found; configured: {known}", param="provider_id")

    async def _info(self, provider: Provider) -> ProviderInfo:
        return ProviderInfo(
            api=provider.api,
            provider_id=provider.provider_id,
            provider_type=provider.spec.provider_type,
            config=self._redact(provider),
            health=await provider.health(),
        )
