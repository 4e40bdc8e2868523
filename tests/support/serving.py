"""A server of ours on a free port, in this event loop or in a thread of its own."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from io import StringIO
from typing import Any

import uvicorn
from typing_extensions import override

from llama_stack.core.loop_thread import LoopThread
from llama_stack.core.server.access_log import AccessLog
from llama_stack.core.server.app import build_app
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve

__all__ = ("Served", "served", "served_in_thread", "until")


@dataclass
class Served:
    """A stack and where it listens."""

    stack: LlamaStack
    url: str
    access_log: AccessLog
    written: StringIO

    @property
    def log(self) -> str:
        """What the access log says so far."""
        self.access_log.flush()
        return self.written.getvalue()

    def provider(self, provider_id: str) -> Any:
        """A provider's implementation, to look at what it was asked."""
        return next(p.impl for p in self.stack.configured if p.provider_id == provider_id)


@asynccontextmanager
async def served(config: Mapping[str, Any]) -> AsyncIterator[Served]:
    """Serve the stack of `config` over HTTP."""
    written, listener = StringIO(), socket.create_server(("127.0.0.1", 0))
    # Else, without uvloop, small answers wait 40 ms for the caller to acknowledge their headers.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    async with LlamaStack(resolve(config, {})) as stack:
        access_log = AccessLog(written, as_json=True)
        app = build_app(stack, access_log=access_log)
        server = _Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        await until(lambda: server.started)
        try:
            yield Served(stack, f"http://127.0.0.1:{listener.getsockname()[1]}", access_log, written)
        finally:
            server.should_exit = True
            await running


@contextmanager
def served_in_thread(config: Mapping[str, Any]) -> Iterator[Served]:
    """The same, for callers without an event loop, and for tests that share one server."""
    thread, serving = LoopThread(), served(config)
    yield thread.run(serving.__aenter__())
    thread.run(serving.__aexit__(None, None, None))
    thread.stop()


async def until(true: Any, seconds: float = 5.0) -> None:
    """Wait until a condition holds. Fails when it takes longer."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # what is waited for happens in other threads too
            await asyncio.sleep(0.005)


class _Server(uvicorn.Server):
    """uvicorn that leaves the process's signals alone."""

    @override
    def capture_signals(self) -> Any:
        return nullcontext()
