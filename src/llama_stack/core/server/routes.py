"""Declared methods as FastAPI routes."""

import difflib
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ...apis.declare import Route
from ...apis.errors import BadRequestError, NotFoundError, StackError
from ...apis.transfer import Download
from ...apis.wire import dump
from .downloads import DownloadResponse
from .errors import error_response, known
from .query_maps import maps_of, read_as_map
from .uploads import upload_handler

__all__ = ("add_error_handlers", "add_route")

Method = Callable[..., Awaitable[Any]]


def add_route(app: FastAPI, route: Route, method: Method, *, max_upload_bytes: int) -> None:
    """Serve a declared method."""
    endpoint = _upload_endpoint(route, method, max_upload_bytes) if route.upload else _endpoint(route, method)
    for path in (route.path, *route.aliases):
        app.add_api_route(
            path,
            endpoint,
            methods=[route.verb],
            name=route.span_name,
            operation_id=route.name,
            summary=route.summary,
            description=route.doc,
            tags=[route.api],
            response_model=None if route.downloads else route.result,
            include_in_schema=path == route.path,
        )
        if route.downloads:
            app.add_api_route(path, endpoint, methods=["HEAD"], response_model=None, include_in_schema=False)


def _endpoint(route: Route, method: Method) -> Callable[..., Awaitable[Response]]:
    async def handle(**arguments: Any) -> Response:
        try:
            result = await method(**arguments)
        except Exception as error:
            return error_response(known(error))
        if isinstance(result, Download):
            return DownloadResponse(result)
        status = getattr(result, "status_code", 200)
        body = b"{}" if result is None else dump(result)
        return Response(body, status_code=status, media_type="application/json")

    return _taking(route, route.params, handle)


def _upload_endpoint(route: Route, method: Method, max_bytes: int) -> Callable[..., Awaitable[Response]]:
    """FastAPI fills in the path; the form is for the handler, which receives it on disk."""
    handle = _taking(route, route.path_params, upload_handler(route, method, max_bytes))
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    own = inspect.signature(handle).parameters.values()
    handle.__signature__ = inspect.Signature([request, *own])  # type: ignore[attr-defined]
    return handle


def _taking(
    route: Route, names: Iterable[str], handle: Callable[..., Awaitable[Response]]
) -> Callable[..., Awaitable[Response]]:
    """FastAPI reads the declared parameters off the signature."""
    hints = {**route.hints, **{name: read_as_map(name, route.hints[name]) for name in maps_of(route)}}
    handle.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [route.params[n].replace(annotation=hints[n], kind=inspect.Parameter.KEYWORD_ONLY) for n in names]
    )
    return handle


def add_error_handlers(app: FastAPI) -> None:
    """What the framework itself refuses, in the same shape as our own refusals."""

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            message = f"the request body is not valid JSON: {first['ctx']['error']}"
            return error_response(BadRequestError(message, code="invalid_json"))
        if first["loc"] == ("body",) and first["type"] == "missing":
            return error_response(BadRequestError("a JSON object is required as the request body"))
        field = ".".join(str(part) for part in first["loc"][1:]) or None
        return error_response(BadRequestError(f"{field}: {first['msg']}" if field else first["msg"], param=field))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        if isinstance(error.__cause__, StackError):  # raised while FastAPI was reading the body
            return error_response(error.__cause__)
        if error.status_code == 404:
            return error_response(_no_such_route(app, request))
        refusal = BadRequestError(f"{request.method} {request.url.path}: {error.detail}")
        refusal.status = error.status_code
        refusal.headers |= error.headers or {}
        return error_response(refusal)


def _no_such_route(app: FastAPI, request: Request) -> NotFoundError:
    paths = [path for route in app.routes if (path := getattr(route, "path", None))]
    near = difflib.get_close_matches(request.url.path, paths, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; GET /v1/inspect/routes lists what there is"
    return NotFoundError(f"there is no {request.method} {request.url.path}{hint}", code="route_not_found")
