"""Every API there is: ours, and those that other installed packages add.

An entry point in the group `llama_stack.apis` names a Protocol declared with `@route`. Whatever else a package
offers goes by the same rule: what cannot be used is left out with a warning that names the package.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from typing_extensions import override

from .declare import Route, api_name, routes_of
from .resource import Resource

__all__ = ("API_GROUP", "Catalogue", "leave_out", "offered", "resource_of")

log = logging.getLogger(__name__)

API_GROUP = "llama_stack.apis"
# An API is an attribute of the stack and of its clients; these names are taken there.
_RESERVED = frozenset(
    {"aclose", "apis", "app", "close", "config", "configured", "create", "http_client", "stack", "traffic", "upkeep"}
)


class Catalogue(Mapping[str, type]):
    """API → its Protocol. Other packages are looked at when more than our own is asked for, and then once."""

    def __init__(self, own: Mapping[str, type]) -> None:
        self.own = own

    @override
    def __getitem__(self, name: str) -> type:
        return self.own[name] if name in self.own else self.added[name]

    @override
    def __iter__(self) -> Iterator[str]:
        yield from self.own
        yield from self.added

    @override
    def __len__(self) -> int:
        return len(self.own) + len(self.added)

    @cached_property
    def added(self) -> dict[str, type]:
        """The APIs of other packages."""
        known = dict(self.own)
        for point, api in offered(API_GROUP):
            if problem := _problem(api, known):
                leave_out(point, problem)
            else:
                known[api_name(api)] = api
        return {name: api for name, api in known.items() if name not in self.own}


def offered(group: str) -> Iterator[tuple[EntryPoint, Any]]:
    """What other packages' entry points lead to. One that cannot be loaded is left out."""
    for point in entry_points(group=group):
        try:
            found = point.load()
        except Exception as error:  # whatever another package does when it is imported, the stack runs without it
            leave_out(point, f"{type(error).__name__}: {error}")
        else:
            yield point, found


def leave_out(point: EntryPoint, problem: str) -> None:
    """Say whose entry point is of no use, and why."""
    who = f"{point.dist.name} {point.dist.version}" if point.dist else "a package"
    log.warning("%s is left out of %s (%s = %s): %s", who, point.group, point.name, point.value, problem)


def resource_of(api: str) -> type[Resource] | None:
    """The kind of resource by which an API's calls are routed: the one that says it is served by it."""
    return next((kind for kind in _below(Resource) if getattr(kind, "served_by", None) == api), None)


def _below(cls: type[Resource]) -> Iterator[type[Resource]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def _problem(api: Any, known: Mapping[str, type]) -> str | None:
    """Why this cannot be an API beside the known ones."""
    try:
        routes = routes_of(api) if isinstance(api, type) else ()
    except (NameError, TypeError) as error:  # an annotation that leads nowhere
        return f"its annotations cannot be read: {error}"
    if not routes:
        return "it names no Protocol that has methods with @route"
    name = api_name(api)
    if name in known or name in _RESERVED:
        return f"the name {name!r} is taken; call the Protocol otherwise"
    if taken := set(_paths([api])) & set(_paths(known.values())):
        return f"there is a {' '.join(min(taken))} already"
    return _routing_problem(name, routes)


def _routing_problem(name: str, routes: Iterable[Route]) -> str | None:
    """Routed calls need resources, and a way to ask providers for them."""
    resource = resource_of(name)
    if resource is None:
        routed = next((route.name for route in routes if route.routed_by), None)
        return f"{routed} is routed, and no subclass of Resource says served_by = {name!r}" if routed else None
    listing = next((route for route in routes if route.name == f"list_{resource.plural}"), None)
    if listing is None or listing.params or "data" not in getattr(listing.result, "model_fields", ()):
        return f"its {resource.plural} need a list_{resource.plural}() that answers a model with the field `data`"
    return None


def _paths(apis: Iterable[type]) -> Iterator[tuple[str, str]]:
    for api in apis:
        for route in routes_of(api):
            yield from ((route.verb, path) for path in (route.path, *route.aliases))
