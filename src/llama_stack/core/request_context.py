"""Who is asking, for as long as the answer lasts: one immutable value, bound to the running task."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..apis.errors import BadRequestError

__all__ = ("PROVIDER_DATA_HEADER", "RequestContext", "current", "parse_provider_data")

PROVIDER_DATA_HEADER = "x-llamastack-provider-data"

_DATA = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What a request says beside its body. Work that outlives the request gets a copy as an argument."""

    request_id: str = ""
    user: str = ""  # who is asking; "" where nobody has to say
    tenant: str = ""  # the organisation whose things these are; tenants never see each other's
    provider_data: Mapping[str, Any] = field(default_factory=dict)  # keys and settings for providers, never stored

    def provider_key(self, name: str) -> str | None:
        """The key a caller sent for a provider: `{"groq_api_key": "…"}`."""
        key = self.provider_data.get(f"{name}_api_key")
        return key if isinstance(key, str) and key else None


NOBODY = RequestContext()
current: ContextVar[RequestContext] = ContextVar("request_context", default=NOBODY)


def parse_provider_data(header: str | bytes) -> dict[str, Any]:
    """The JSON object of the `X-LlamaStack-Provider-Data` header. The error never quotes it: it holds keys."""
    try:
        return _DATA.decode(header)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        message = 'the header X-LlamaStack-Provider-Data must be a JSON object, like {"groq_api_key": "…"}'
        raise BadRequestError(message, param=PROVIDER_DATA_HEADER) from None
