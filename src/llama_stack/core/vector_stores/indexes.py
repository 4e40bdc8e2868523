"""Which provider keeps a store's chunks."""

from collections.abc import Iterable, Mapping

from ...apis.errors import BadRequestError, NotFoundError, UnavailableError
from ...apis.vector_io.index import VectorIndex
from ..resolver import Provider

__all__ = ("Indexes",)


class Indexes:
    """The configured providers of the vector_io API, by id."""

    def __init__(self, providers: Iterable[Provider], default_provider_id: str | None) -> None:
        self.providers: Mapping[str, Provider] = {provider.provider_id: provider for provider in providers}
        self._default = default_provider_id

    def __getitem__(self, provider_id: str) -> VectorIndex:
        """The index of a provider. Raises what says why there is none."""
        provider = self.providers.get(provider_id)
        if provider is None:
            raise NotFoundError(f"provider {provider_id!r} not found; configured: {self._names}", param="provider_id")
        if provider.problem is not None:
            raise UnavailableError(f"{provider_id} cannot run here: {provider.problem}")
        index: VectorIndex = provider.impl
        return index

    async def choose(self, provider_id: str | None) -> str:
        """The provider for a new store: the one asked for, the config's, or the first that is ready."""
        if wanted := provider_id or self._default:
            self[wanted]
            return wanted
        states = {}
        for name, provider in self.providers.items():
            health = await provider.health()
            if health.state == "ready":
                return name
            states[name] = f"{name} is {health.state}" + (f" ({health.reason})" if health.reason else "")
        if not states:
            raise BadRequestError("no provider of the vector_io API is configured: add one under providers.vector_io")
        raise UnavailableError(f"no vector_io provider can keep a store: {'; '.join(states.values())}")

    @property
    def _names(self) -> str:
        return ", ".join(self.providers) or "none"
