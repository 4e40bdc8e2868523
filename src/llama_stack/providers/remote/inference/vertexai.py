"""Google Vertex AI's OpenAI-compatible endpoint, with application default credentials.

Facts (read 2026-11): chat is at `https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION/
endpoints/openapi`, without the prefix for the location `global`; models are named `google/gemini-…` ("Call Vertex AI
models by using the OpenAI library"). Google's models are listed at `/v1beta1/publishers/google/models`, which counts
them on the project that `x-goog-user-project` names ("publishers.models.list").
"""

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import Field
from typing_extensions import override

from ....apis.wire import WireRequest, edit
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.addresses import beside, origin
from ...utils.authorized import Bearer, open_authorized
from ...utils.google_tokens import find_credentials
from ...utils.tokens import TokenSource
from ...utils.transport import Transport
from .openai_compatible import OpenAICompatible

__all__ = ("VertexAI", "VertexAIConfig")

_MAX_PAGES = 20


class VertexAIConfig(RemoteConfig):
    """A Google Cloud project. `api_key` is an access token, for those who make their own."""

    project: str | None = None
    location: str = Field(default="us-central1", description="a region, or global")
    credentials_file: str | None = Field(default=None, description="in place of GOOGLE_APPLICATION_CREDENTIALS")


class VertexAI(OpenAICompatible):
    """Gemini and the other models of Vertex AI's shared endpoint; the publisher may be left out of Google's names."""

    config: VertexAIConfig

    def __init__(self, config: VertexAIConfig, provider_id: str, spec: ProviderSpec) -> None:
        if config.base_url is None and config.project:
            host = "aiplatform.googleapis.com"
            host = host if config.location == "global" else f"{config.location}-{host}"
            place = f"projects/{config.project}/locations/{config.location}"
            config = config.model_copy(update={"base_url": f"https://{host}/v1/{place}/endpoints/openapi"})
        super().__init__(config, provider_id, spec)
        self.relay.headers |= self._billed

    @override
    def _transport(self) -> Transport | None:
        self._billed: dict[str, str] = {}
        if self.key or self.base_url is None:
            return None
        found = find_credentials(self.provider_id, os.environ, self.config.credentials_file)
        payer = found.quota_project or self.config.project
        self._billed = {"x-goog-user-project": payer} if payer else {}
        return open_authorized(
            self.provider_id,
            self.config.network,
            lambda plain: Bearer(TokenSource(lambda: found.fetch(plain))),
        )

    @override
    def _missing(self) -> str | None:
        return "set VERTEX_AI_PROJECT, or project in its config" if self.base_url is None else None

    @override
    def _prepare(self, request: WireRequest) -> tuple[bytes, Mapping[str, str] | None]:
        body, headers = super()._prepare(request)
        return (body if "/" in request.model else edit(body, put={"model": f"google/{request.model}"})), headers

    @override
    async def _listing(self) -> Any:
        """Google's own models, page by page; the endpoint serves the Gemini family of them."""
        catalogue = beside(self.relay, origin(self.base_url or "") + "/v1beta1/publishers/google")
        rows: list[dict[str, Any]] = []
        page = ""
        for _ in range(_MAX_PAGES):
            answer = await catalogue.get(f"/models?pageSize=200{page}", self._caller_headers())
            names = [str(row.get("name", "")).rpartition("/")[2] for row in answer.get("publisherModels", [])]
            rows += [{"id": name} for name in names if name.startswith("gemini")]
            if not (token := answer.get("nextPageToken")):
                break
            page = f"&pageToken={quote(token, safe='')}"
        return {"data": rows}
