"""Providers: who does the work, and how they are."""

from typing import Any, Literal, Protocol

from pydantic import BaseModel, Field

from .declare import route

__all__ = ("Health", "ProviderInfo", "ProviderList", "ProviderState", "Providers")

ProviderState = Literal["ready", "degraded", "unconfigured", "unavailable"]


class Health(BaseModel):
    """How a provider is. `reason` says why it is not ready, and what to do."""

    state: ProviderState
    reason: str | None = None


class ProviderInfo(BaseModel):
    """A configured provider. Secrets in `config` are masked."""

    api: str
    provider_id: str
    provider_type: str
    config: dict[str, Any]
    health: Health


class ProviderList(BaseModel):
    data: list[ProviderInfo] = Field(description="in the order of the run config")


class Providers(Protocol):
    """The providers this stack was configured with."""

    @route("GET", "/v1/providers")
    async def list_providers(self) -> ProviderList:
        """List the configured providers and their states."""
        ...

    @route("GET", "/v1/providers/{provider_id}")
    async def inspect_provider(self, provider_id: str) -> ProviderInfo:
        """Read one provider's state and config."""
        ...
