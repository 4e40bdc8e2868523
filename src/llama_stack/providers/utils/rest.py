"""A service with a JSON API of its own: whole calls, errors that name it."""

from collections.abc import Mapping
from typing import Any, Self

import msgspec

from ...apis.errors import UnavailableError, UpstreamError
from ...apis.providers import Health
from ..config import NetworkConfig
from .refusal import hide_keys, refusal
from .transport import UpstreamRequest, UpstreamResponse, open_transport

__all__ = ("Rest",)


class Rest:
    """A service at `base_url`. Raises `UpstreamError`: its refusal with its status, or what kept it from answering."""

    def __init__(
        self,
        provider_id: str,
        base_url: str | None,
        network: NetworkConfig,
        headers: Mapping[str, str] | None = None,
        *,
        missing: str,
    ) -> None:
        """`missing` says what to set when there is no `base_url`."""
        self.provider_id, self.base_url, self.missing = provider_id, (base_url or "").rstrip("/"), missing
        self.headers = {"content-type": "application/json", **network.headers, **(headers or {})}
        self.transport = open_transport(provider_id, network)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.transport.aclose()

    async def health(self, path: str) -> Health:
        """Whether it answers there. Raises `UpstreamError` when it does not."""
        if not self.base_url:
            return Health(state="unconfigured", reason=self.missing)
        await self.call("GET", path)
        return Health(state="ready")

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, decoded; None when it is empty. A body of bytes is sent as it is, another one as JSON."""
        if not self.base_url:
            raise UnavailableError(f"{self.provider_id} has no address: {self.missing}")
        data = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
        try:
            response = await self.transport.send(UpstreamRequest(method, self.base_url + path, self.headers, data))
            try:
                return self._decoded(response, await response.read())
            finally:
                response.close()
        except UpstreamError as error:
            hide_keys(error, self.headers)
            raise

    async def find(self, method: str, path: str, body: Any = None) -> Any:
        """The same, and None for what is not there."""
        try:
            return await self.call(method, path, body)
        except UpstreamError as error:
            if error.status == 404:
                return None
            raise

    def _decoded(self, response: UpstreamResponse, content: bytes) -> Any:
        if not 200 <= response.status < 300:
            raise self._named(refusal(self.provider_id, content, status=response.status, headers=response.headers))
        try:
            return msgspec.json.decode(content) if content else None
        except (msgspec.MsgspecError, UnicodeDecodeError) as broken:
            message = f"{self.provider_id} answered something that is not JSON: {content[:80]!r}"
            raise UpstreamError(message, provider_id=self.provider_id, code="upstream_malformed") from broken

    def _named(self, error: UpstreamError) -> UpstreamError:
        """The service's words with its name before them: who asks for chunks does not know who keeps them."""
        error.message = f"{self.provider_id} at {self.base_url}: {error.message}"
        error.args = (error.message,)
        return error
