"""The HTTP face of a stack: every declared route, in one ASGI app."""

from fastapi import FastAPI

from ...apis import APIS
from ...apis.declare import routes_of
from ...apis.wire import WireRequest
from ..stack import LlamaStack
from .access_log import AccessLog
from .asgi import ASGIApp
from .cors import with_cors
from .front import Front
from .hot import hot_endpoint
from .openapi import add_openapi
from .routes import add_error_handlers, add_route
from .uploads import UploadPaths

__all__ = ("build_app",)


def build_app(stack: LlamaStack, *, access_log: AccessLog | None = None) -> ASGIApp:
    """An ASGI app over an open stack; whoever opened the stack closes it."""
    server = stack.config.server
    app = FastAPI(title="Llama Stack")
    add_error_handlers(app)
    hot: dict[tuple[str, str], ASGIApp] = {}
    for name, impl in stack.apis.items():
        for route in routes_of(APIS[name]):
            method = getattr(impl, route.name)
            add_route(app, route, method, max_upload_bytes=server.max_upload_bytes)
            if route.request is not None and issubclass(route.request, WireRequest):
                endpoint = hot_endpoint(route, method, server.max_body_bytes)
                hot |= {(route.verb, path): endpoint for path in (route.path, *route.aliases)}
    add_openapi(app, stack.apis)
    uploads = UploadPaths(route for name in stack.apis for route in routes_of(APIS[name]))
    front = Front(app, hot, max_body_bytes=server.max_body_bytes, uploads=uploads, access_log=access_log)
    return with_cors(front, server)
