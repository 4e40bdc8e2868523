"""The client, asynchronous and synchronous."""

import json
from collections.abc import Mapping
from typing import Any, Self

from llama_stack.apis import APIS
from llama_stack.apis.attributes import Apis, SyncApis
from llama_stack.core.face import face
from llama_stack.core.loop_thread import LoopThread
from llama_stack.core.sync_face import sync_face
from llama_stack.providers.config import NetworkConfig
from llama_stack.providers.utils.relay import Relay

from .remote import remote

__all__ = ("AsyncLlamaStackClient", "LlamaStackClient")

DEFAULT_BASE_URL = "http://localhost:8321"


class AsyncLlamaStackClient(Apis):
    """A server's APIs: `async with AsyncLlamaStackClient(base_url="http://localhost:8321") as client`.

    `provider_data` carries keys for providers (`{"groq_api_key": "…"}`); `timeout` is the longest silence, in
    seconds, before a call is given up. Errors are those of the library: `llama_stack.apis.errors`.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        *,
        api_key: str | None = None,
        provider_data: Mapping[str, Any] | None = None,
        timeout: float = 600,
    ) -> None:
        headers = {"X-LlamaStack-Provider-Data": json.dumps(dict(provider_data))} if provider_data else {}
        network = NetworkConfig(read_timeout_seconds=timeout, headers=headers)
        self._relay = Relay("llama-stack", base_url, api_key=api_key, network=network)
        for name, api in APIS.items():
            setattr(self, name, face(api, remote(api, self._relay)))

    async def aclose(self) -> None:
        await self._relay.__aexit__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class LlamaStackClient(SyncApis):
    """The same without `await`. Any thread may call it."""

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        *,
        api_key: str | None = None,
        provider_data: Mapping[str, Any] | None = None,
        timeout: float = 600,
    ) -> None:
        self._thread = LoopThread()
        self._client = AsyncLlamaStackClient(base_url, api_key=api_key, provider_data=provider_data, timeout=timeout)
        for name, api in APIS.items():
            setattr(self, name, sync_face(api, getattr(self._client, name), self._thread))
        self._finalizer = self._thread.finalizer(self, self._client.aclose)

    def close(self) -> None:
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
