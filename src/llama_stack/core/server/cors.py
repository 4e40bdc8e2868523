"""Which web pages may call the server from a browser."""

from starlette.middleware.cors import CORSMiddleware

from ..config import ServerConfig
from .asgi import ASGIApp

__all__ = ("with_cors",)


def with_cors(app: ASGIApp, server: ServerConfig) -> ASGIApp:
    """`app` behind the browser's questions, when the config allows any page to ask."""
    if (cors := server.cors) is None:
        return app
    return CORSMiddleware(
        app,
        allow_origins=cors.allow_origins,
        allow_origin_regex=cors.allow_origin_regex,
        allow_methods=cors.allow_methods,
        allow_headers=cors.allow_headers,
        allow_credentials=cors.allow_credentials,
        expose_headers=["x-request-id", *cors.expose_headers],
        max_age=cors.max_age,
    )
