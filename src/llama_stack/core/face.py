"""An API as Python callers see it: keyword arguments make up the request."""

from collections.abc import Callable
from typing import Any

from ..apis.declare import Route, routes_of
from .request_context import RequestContext, current

__all__ = ("face",)


def face(api: type, impl: Any, context: RequestContext | None = None) -> Any:
    """`impl` with the methods of `api`, each callable with a request object or with its fields as keywords.

    With a `context`, every call is made in it; otherwise in the caller's.
    """
    cls = type(api.__name__, (), {"__doc__": api.__doc__, "__repr__": lambda _: f"<{api.__name__} API>"})
    for route in routes_of(api):
        setattr(cls, route.name, staticmethod(_call(route, getattr(impl, route.name), context)))
    return cls()


def _call(route: Route, method: Callable[..., Any], context: RequestContext | None) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        arguments = route.arguments(args, kwargs)
        if context is None:
            return await method(**arguments)
        token = current.set(context)
        try:
            return await method(**arguments)
        finally:
            current.reset(token)

    call.__name__, call.__qualname__, call.__doc__ = route.name, f"{route.api}.{route.name}", route.doc
    return call
