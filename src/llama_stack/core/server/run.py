"""Serving a stack with uvicorn, in one process or several."""

import asyncio
import errno
import gc
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from types import FrameType

import uvicorn
from typing_extensions import override

from ...apis.errors import ConfigError
from ..config import RunConfig, ServerConfig
from ..stack import LlamaStack, Traffic
from .access_log import AccessLog
from .app import build_app
from .asgi import ASGIApp, Receive, Scope, Send
from .workers import supervise

__all__ = ("OnReady", "OnStart", "serve")

OnStart = Callable[[RunConfig], None]
OnReady = Callable[[LlamaStack, str], Awaitable[None]]


def serve(
    config: RunConfig,
    *,
    on_start: OnStart | None = None,
    on_ready: OnReady | None = None,
    traffic: Traffic | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; then take no new calls, and let the running ones finish.

    `on_start(config)` runs first in every process that serves: logs are set up there. `on_ready(stack, url)` runs
    once calls are answered, with several workers in the first of them. Both must be functions of a module.
    `traffic` is what the calls to services go through; it takes one worker.
    """
    _check_tls(config.server)
    if traffic is not None and config.server.workers > 1:
        raise ConfigError("recording, replaying and faults keep count in one process: serve with one worker")
    listener = _listen(config.server)
    url = _url(config.server, listener.getsockname()[1])
    try:
        if config.server.workers == 1:
            _serve_one(config, url, on_start, on_ready, listener, traffic)
        else:
            numbers = range(config.server.workers)
            calls = [(config, url, on_start, on_ready if n == 0 else None, listener) for n in numbers]
            grace = config.server.shutdown_timeout_seconds + 5
            supervise(_serve_one, calls, release=listener.close, stop_seconds=grace)
    finally:
        listener.close()


def _serve_one(
    config: RunConfig,
    url: str,
    on_start: OnStart | None,
    on_ready: OnReady | None,
    listener: socket.socket,
    traffic: Traffic | None = None,
) -> None:
    if on_start is not None:
        on_start(config)
    settings = _settings(config.server, _nothing)

    async def main() -> None:
        log = AccessLog()
        async with LlamaStack(config, traffic=traffic) as stack:
            settings.app = build_app(stack, access_log=log)
            _spare_the_collector()
            server = _Server(settings, partial(on_ready, stack, url) if on_ready else None)
            try:
                await server.serve(sockets=[listener])
            finally:
                log.flush()

    with asyncio.Runner(loop_factory=settings.get_loop_factory()) as runner:
        runner.run(main())


def _spare_the_collector() -> None:
    """Take what was made for good at the start out of the garbage collector's rounds, and have them less often.

    Under load a request's objects die by reference count; rounds over the whole heap cost a fifth of the time,
    and held up the calls of that moment by tens of milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


class _Server(uvicorn.Server):
    """uvicorn, telling when it answers."""

    def __init__(self, settings: uvicorn.Config, on_ready: Callable[[], Awaitable[None]] | None) -> None:
        super().__init__(settings)
        self._on_ready = on_ready

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._on_ready is not None:
            await self._on_ready()

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at a second SIGINT at once. uvicorn's own would raise the signal again after the last answer,
        and so end the process before the stack is closed.
        """
        self.force_exit = self.force_exit or (self.should_exit and sig == signal.SIGINT)
        self.should_exit = True


def _settings(server: ServerConfig, app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        workers=server.workers,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # anybody can send them
        date_header=True,
        timeout_graceful_shutdown=max(1, round(server.shutdown_timeout_seconds)),
        ssl_certfile=server.tls_certfile,
        ssl_keyfile=server.tls_keyfile,
        ssl_ca_certs=str(server.tls_cafile) if server.tls_cafile else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if server.tls_cafile else ssl.CERT_NONE,
    )


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands in until the app is there, which needs an open stack."""


def _check_tls(server: ServerConfig) -> None:
    """Read the certificates first, so that a wrong one is told before anything is loaded."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        if server.tls_certfile:
            setting = f"server.tls_certfile: {server.tls_certfile} with the key {server.tls_keyfile}"
            context.load_cert_chain(server.tls_certfile, server.tls_keyfile, password="")  # without, it would ask
        if server.tls_cafile:
            setting = f"server.tls_cafile: {server.tls_cafile}"
            context.load_verify_locations(server.tls_cafile)
    except OSError as error:
        raise ConfigError(f"{setting} cannot be used: {error.strerror or error}") from error


def _listen(server: ServerConfig) -> socket.socket:
    """A listening socket. It is made first, so that a taken port is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    try:
        listener = socket.create_server((server.host, server.port), family=family, backlog=2048)
        # uvloop does that by itself; asyncio not for a socket it is given, and then small answers wait 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        where = f"{server.host}:{server.port}"
        hint = "; is another server running there? Choose one with --port" if error.errno == errno.EADDRINUSE else ""
        raise ConfigError(f"cannot listen on {where}: {error.strerror or error}{hint}") from error


def _url(server: ServerConfig, port: int) -> str:
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(server.host, server.host)  # noqa: S104  # compared, not bound
    return f"{'https' if server.tls_certfile else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
