"""vLLM: its health, and the limits that an operator sets for all requests.

Facts (read 2026-11): `/health`, at the server's root and without a key, answers 200 while the engine lives and 503 once
it is dead, when the list of models still answers; fields that OpenAI does not have (`top_k`, `guided_json`,
`chat_template_kwargs`, …) are taken from the body ("OpenAI-Compatible Server").
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import Field
from typing_extensions import override

from ....apis.errors import UpstreamError
from ....apis.providers import Health
from ....apis.wire import WireRequest, edit
from ...config import RemoteConfig, TLSConfig
from ...spec import ProviderSpec
from ...utils.addresses import origin
from ...utils.transport import UpstreamRequest
from .openai_compatible import OpenAICompatible

__all__ = ("VLLM", "VLLMConfig")

_PROBE_SECONDS = 2.0


class VLLMConfig(RemoteConfig):
    """A vLLM server."""

    max_tokens: int | None = Field(
        default=None, ge=1, description="for requests that do not say; left out, what fits into the context"
    )
    extra_body: dict[str, Any] = Field(
        default={}, description="fields for every chat that does not have them: chat_template_kwargs, top_k, …"
    )
    tls_verify: bool | str | None = Field(default=None, description="network.tls.verify if left out")

    @override
    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        if self.tls_verify is not None:
            tls = TLSConfig.model_validate({**self.network.tls.model_dump(), "verify": self.tls_verify})
            self.network = self.network.model_copy(update={"tls": tls})


_NONE = msgspec.Raw()


class _Said(msgspec.Struct):
    """What a request says of what is added here. Only whether it does is looked at."""

    messages: msgspec.Raw = _NONE
    prompt: msgspec.Raw = _NONE
    max_tokens: msgspec.Raw = _NONE
    max_completion_tokens: msgspec.Raw = _NONE


_SAID = msgspec.json.Decoder(_Said)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


class VLLM(OpenAICompatible):
    """A vLLM server, with what its operator wants added to every request."""

    config: VLLMConfig

    def __init__(self, config: VLLMConfig, provider_id: str, spec: ProviderSpec) -> None:
        super().__init__(config, provider_id, spec)

    @override
    def _prepare(self, request: WireRequest) -> tuple[bytes, Mapping[str, str] | None]:
        body, headers = super()._prepare(request)
        if not (self.config.extra_body or self.config.max_tokens):
            return body, headers
        said = _SAID.decode(body)
        put = {} if said.messages is _NONE and said.prompt is _NONE else self._added(body, said)
        return (edit(body, put=put) if put else body), headers

    def _added(self, body: bytes, said: _Said) -> dict[str, Any]:
        put: dict[str, Any] = {}
        if said.messages is not _NONE and self.config.extra_body:
            present = _FIELDS.decode(body)
            put = {name: value for name, value in self.config.extra_body.items() if name not in present}
        if self.config.max_tokens and _is_empty(said.max_tokens) and _is_empty(said.max_completion_tokens):
            put["max_tokens"] = self.config.max_tokens
        return put

    @override
    async def health(self) -> Health:
        """Whether the engine lives; asked each time, but not for long."""
        health = await super().health()
        return await self._probe() if health.state == "ready" else health

    async def _probe(self) -> Health:
        request = UpstreamRequest("GET", f"{origin(self.base_url or '')}/health", self.relay.headers)
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                response = await self.relay.transport.send(request)
        except (UpstreamError, TimeoutError) as error:
            reason = error.message if isinstance(error, UpstreamError) else f"no answer in {_PROBE_SECONDS:g} s"
            return Health(state="degraded", reason=reason)
        response.close()
        if response.status == 503:
            return Health(state="degraded", reason=f"{self.provider_id}'s engine is dead; restart the server")
        return Health(state="ready")  # 404 and the like: another server behind the same API


def _is_empty(value: msgspec.Raw) -> bool:
    return bytes(value) in (b"", b"null", b"[]")
