"""Query parameters that are maps: `?metadata[topic]=fish`, as OpenAI's clients write them."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from fastapi import Depends, Request

from ...apis.declare import Route

__all__ = ("map_parameters", "maps_of", "read_as_map")


def maps_of(route: Route) -> Iterator[str]:
    """The parameters of a route that are maps, outside of a request's body."""
    for name in route.params:
        if name != "request" and name not in route.form and _is_map(route.hints[name]):
            yield name


def _is_map(hint: Any) -> bool:
    return any(get_origin(option) is dict for option in (hint, *get_args(hint)))


def read_as_map(name: str, hint: Any) -> Any:
    """The annotation by which FastAPI fills in such a parameter."""
    start = f"{name}["

    def read(request: Request) -> dict[str, str] | None:
        named = [(key, value) for key, value in request.query_params.multi_items() if key.startswith(start)]
        return {key.removeprefix(start).removesuffix("]"): value for key, value in named} or None

    return Annotated[hint, Depends(read)]


def map_parameters(route: Route) -> list[dict[str, Any]]:
    """What the OpenAPI document says of them."""
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    shape = {"in": "query", "required": False, "style": "deepObject", "explode": True, "schema": schema}
    return [{"name": name, **shape} for name in maps_of(route)]
