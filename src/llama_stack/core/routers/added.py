"""Who answers an API that another package adds."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from ...apis import APIS
from ...apis.catalogue import resource_of
from ...apis.declare import Route, routes_of
from ...apis.errors import UnavailableError, UnsupportedError
from ..resolver import Provider
from ..routing_tables.asked import AskedTable
from ..storage.kvstore import KVStore
from .common import router_for, started

__all__ = ("open_added",)


async def open_added(name: str, providers: Sequence[Provider], store: KVStore, exits: AsyncExitStack) -> Any:
    """An implementation of the API of that name, over its configured providers.

    A routed call goes to the provider of the resource that it names, `list_{plural}` answers for all of them, and
    any other call goes to the first provider that has the method.
    """
    api, resource = APIS[name], resource_of(name)
    plain = {route.name: _first(route, providers) for route in routes_of(api) if not route.routed_by}
    if resource is None:
        return type(api.__name__, (), plain)()
    table: AskedTable[Any] = await exits.enter_async_context(AskedTable(resource, providers, store))
    listing = f"list_{resource.plural}"
    plain[listing] = _listing(table, next(route.result for route in routes_of(api) if route.name == listing))
    return router_for(api, table, type(api.__name__, (), plain))


def _listing(table: AskedTable[Any], result: Any) -> Callable[..., Any]:
    async def call(self: Any) -> Any:
        return result(data=await table.all())

    return call


def _first(route: Route, providers: Sequence[Provider]) -> Callable[..., Any]:
    async def call(self: Any, **arguments: Any) -> Any:
        for provider in providers:
            if method := provider.method(route.name):
                return await started(await method(**arguments), route)
        problems = [f"{p.provider_id} cannot run here: {p.problem}" for p in providers if p.problem]
        if problems:
            raise UnavailableError("; ".join(problems))
        raise UnsupportedError(f"{', '.join(p.provider_id for p in providers)} has no {route.name}")

    call.__name__, call.__doc__ = route.name, route.doc
    return call
