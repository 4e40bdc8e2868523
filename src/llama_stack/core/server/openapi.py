"""The OpenAPI document: FastAPI's, with what it cannot know: event streams and one shape of error."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from ... import __version__
from ...apis import APIS
from ...apis.declare import Route, routes_of
from .query_maps import map_parameters

__all__ = ("add_openapi",)

_REF = "#/components/schemas/{model}"
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "integer", "null"]},
            },
        }
    },
}


def add_openapi(app: FastAPI, apis: Iterable[str]) -> None:
    """Make `app.openapi()` give the document of `apis`; it is put together at the first request for it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, apis)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI, apis: Iterable[str]) -> dict[str, Any]:
    document = get_openapi(
        title="Llama Stack",
        version=__version__,
        summary="Every AI API an application needs, over any provider.",
        routes=app.routes,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = _ERROR
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own shape, which we never send
        schemas.pop(name, None)
    for api in apis:
        for route in routes_of(APIS[api]):
            operation = document["paths"][_documented(route.path)][route.verb.lower()]
            _correct_errors(operation)
            if maps := map_parameters(route):
                operation["parameters"] = [*operation.get("parameters", ()), *maps]
            if route.event is not None:
                _add_stream(operation, schemas, route.event)
            if route.form:
                operation["requestBody"] = _form(route, schemas)
            if route.downloads:
                operation["responses"] |= _bytes()
    return document


def _documented(path: str) -> str:
    return path.replace(":path}", "}")


def _correct_errors(operation: dict[str, Any]) -> None:
    operation["responses"].pop("422", None)
    content = {"application/json": {"schema": {"$ref": _REF.format(model="Error")}}}
    operation["responses"]["default"] = {"description": "What went wrong, and what to do", "content": content}


def _add_stream(operation: dict[str, Any], schemas: dict[str, Any], event: Any) -> None:
    schema = event.model_json_schema(ref_template=_REF, mode="serialization")
    schemas[event.__name__] = _defined(schema, schemas)
    stream = {"schema": {"$ref": _REF.format(model=event.__name__)}}
    operation["responses"]["200"]["content"]["text/event-stream"] = stream


def _form(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _defined(route.adapters[name].json_schema(ref_template=_REF), schemas) for name in route.form}
    required = [name for name in route.form if route.params[name].default is route.params[name].empty]
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _defined(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A schema whose parts are defined beside all others."""
    schemas.update(schema.pop("$defs", {}))
    return schema


def _bytes() -> dict[str, Any]:
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {
        "200": {"description": "The whole file", "content": content},
        "206": {"description": "The part that the Range header asks for", "content": content},
    }
