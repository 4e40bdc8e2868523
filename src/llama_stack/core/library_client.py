"""The stack as a library: the same APIs, called in this process."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from ..apis import APIS
from ..apis.attributes import Apis, SyncApis
from ..distributions import resolve
from .face import face
from .loop_thread import LoopThread
from .request_context import RequestContext
from .server.app import build_app
from .server.asgi import ASGIApp
from .server.in_process import async_http_client, sync_http_client
from .stack import LlamaStack, Traffic
from .sync_face import sync_face

__all__ = ("AsyncLlamaStackAsLibraryClient", "LlamaStackAsLibraryClient")

Source = str | Path | Mapping[str, Any]


class AsyncLlamaStackAsLibraryClient(Apis):
    """A stack in this process: `client = await AsyncLlamaStackAsLibraryClient.create("starter")`.

    `source` is a distribution's name, a run config's path, a mapping in its grammar, or `inference=ollama,…`.
    `provider_data` carries keys for providers, as the `X-LlamaStack-Provider-Data` header does over HTTP.
    `traffic` is what its calls to services go through: a recording, a replay, faults (`llama_stack.testing`).
    Close it with `await client.aclose()`, or use it in `async with`.
    """

    def __init__(self, stack: LlamaStack, provider_data: Mapping[str, Any] | None = None) -> None:
        self.stack = stack
        context = RequestContext(provider_data=provider_data) if provider_data else None
        for name, impl in stack.apis.items():
            setattr(self, name, face(APIS[name], impl, context))

    @classmethod
    async def create(
        cls,
        source: Source,
        *,
        provider_data: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        traffic: Traffic | None = None,
    ) -> Self:
        """Open a stack. Raises `ConfigError` with every mistake of the config."""
        stack = LlamaStack(resolve(source, os.environ if env is None else env), traffic=traffic)
        await stack.__aenter__()
        return cls(stack, provider_data)

    @cached_property
    def app(self) -> ASGIApp:
        """The stack's HTTP face, to be mounted or called."""
        return build_app(self.stack)

    def http_client(self, httpx: Any = None) -> Any:
        """For SDKs: `AsyncOpenAI(base_url="http://llama-stack/v1", api_key="-", http_client=…)`."""
        return async_http_client(self.app, httpx)

    async def aclose(self) -> None:
        await self.stack.__aexit__(None, None, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class LlamaStackAsLibraryClient(SyncApis):
    """The same without `await`: `client = LlamaStackAsLibraryClient("starter")`. Any thread may call it."""

    def __init__(
        self,
        source: Source,
        *,
        provider_data: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        self._thread = LoopThread()
        try:
            create = AsyncLlamaStackAsLibraryClient.create
            self._client = self._thread.run(create(source, provider_data=provider_data, env=env, traffic=traffic))
        except BaseException:
            self._thread.stop()
            raise
        for name in self._client.stack.apis:
            setattr(self, name, sync_face(APIS[name], getattr(self._client, name), self._thread))
        self._finalizer = self._thread.finalizer(self, self._client.aclose)

    def http_client(self, httpx: Any = None) -> Any:
        """For SDKs: `OpenAI(base_url="http://llama-stack/v1", api_key="-", http_client=client.http_client())`."""
        return sync_http_client(self._client.app, self._thread, httpx)

    def close(self) -> None:
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
