"""A router for any API: each call goes to the provider that serves the resource it names."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from pydantic import BaseModel

from ...apis.declare import Route, routes_of
from ...apis.errors import UnavailableError, UnsupportedError
from ...apis.resource import Resource
from ...apis.stream import EventStream
from ...apis.wire import WireRequest
from ..resolver import Provider
from ..routing_tables.common import RoutingTable

__all__ = ("operation", "router_for", "started")


def router_for(api: type, table: RoutingTable[Any], base: type = object) -> Any:
    """An implementation of `api` that forwards each routed method through `table`.

    What `base` defines itself stays: a router class says only what is more than forwarding.
    """
    methods = {r.name: _forward(r) for r in routes_of(api) if r.routed_by and not hasattr(base, r.name)}
    router: Any = type(f"{api.__name__}Router", (base,), methods)()
    router.table = table
    return router


def operation(provider: Provider, route: Route, resource: Resource) -> Callable[..., Any]:
    """The provider's method for a route. Says who cannot do what, when it has none."""
    if provider.problem is not None:
        raise UnavailableError(f"{provider.provider_id} cannot run here: {provider.problem}")
    method = provider.method(route.name)
    if method is None:
        message = (
            f"{provider.provider_id} ({provider.spec.provider_type}), which serves {resource.identifier!r}, has no "
        )
        raise UnsupportedError(message + route.name, param=resource.kind)
    return method


async def started(answer: Any, route: Route) -> Any:
    """An answer as it is; a stream once its first event is there, so that an early error has its own status."""
    if isinstance(answer, EventStream):
        return await answer.start()
    if isinstance(answer, AsyncIterator):
        return await EventStream.of(route.event, answer).start()
    return answer


def renamed(arguments: dict[str, Any], route: Route, name: str) -> dict[str, Any]:
    """The arguments with the provider's own name of the resource in place of the caller's."""
    holder, _, field = (route.routed_by or "").rpartition(".")
    if not holder:
        return {**arguments, field: name}
    request: BaseModel = arguments[holder]
    if isinstance(request, WireRequest) and field == "model":
        return {**arguments, holder: request.for_model(name)}
    return {**arguments, holder: request.model_copy(update={field: name})}


def _forward(route: Route) -> Callable[..., Any]:
    holder, _, field = (route.routed_by or "").rpartition(".")

    async def call(self: Any, **arguments: Any) -> Any:
        name = getattr(arguments[holder], field) if holder else arguments[field]
        provider, resource = await self.table.find(name)
        method = operation(provider, route, resource)
        return await started(await method(**renamed(arguments, route, resource.provider_resource_id)), route)

    call.__name__, call.__doc__ = route.name, route.doc
    return call
