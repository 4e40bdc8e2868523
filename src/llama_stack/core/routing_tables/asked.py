"""Resources of an API that another package adds: its providers are asked for them when somebody wants to know."""

import asyncio
import logging
from collections.abc import Iterable
from typing import TypeVar

from typing_extensions import override

from ...apis.errors import StackError
from ...apis.resource import Resource
from ..resolver import Provider
from ..storage.kvstore import KVStore
from .common import Place, RoutingTable

__all__ = ("AskedTable",)

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Resource)
_LIST_TIMEOUT_SECONDS = 10.0


class AskedTable(RoutingTable[R]):
    """What each provider answers to `list_{plural}`, asked for at a listing and at a name that is not known yet.

    A resource goes by `provider_id/name`, and by its bare name; of two providers, the first in the config has it.
    """

    def __init__(self, resource: type[R], providers: Iterable[Provider], store: KVStore) -> None:
        super().__init__(resource, providers, store)
        self._listed: dict[str, list[R]] = {}

    @override
    async def all(self) -> list[R]:
        await self._ask()
        return await super().all()

    @override
    async def _last_resort(self, identifier: str) -> Place[R] | None:
        await self._ask()
        return self._lookup(identifier)

    @override
    def _others(self) -> Iterable[R]:
        for provider_id, resources in self._listed.items():
            for resource in resources:
                name = f"{provider_id}/{resource.provider_resource_id}"
                yield resource.model_copy(update={"identifier": name, "provider_id": provider_id, "source": "listed"})

    @override
    def _reindex(self) -> None:
        super()._reindex()
        for place in list(self._index.values()):
            self._index.setdefault(place[1].provider_resource_id, place)

    async def _ask(self) -> None:
        """Ask all providers at once; one that does not answer keeps the list it gave last."""
        lists = await asyncio.gather(*map(self._list, self.providers.values()))
        answered = {name: found for name, found in zip(self.providers, lists, strict=True) if found is not None}
        known = self._listed | answered
        self._listed = {name: known[name] for name in self.providers if name in known}  # in the config's order
        self._reindex()

    async def _list(self, provider: Provider) -> list[R] | None:
        hook = provider.method(f"list_{self.resource.plural}")
        if hook is None:
            return None
        try:
            async with asyncio.timeout(_LIST_TIMEOUT_SECONDS):
                return list((await hook()).data)
        except (StackError, TimeoutError) as error:
            log.warning("the %s of %s are not known: %s", self.resource.plural, provider.provider_id, error)
            return None
