"""Databricks model serving: the endpoints of a workspace, with a token or a service principal.

Facts (read 2026-11): chat and embeddings are at `HOST/serving-endpoints/…` with the endpoint's name as the model
("Foundation model REST API reference"); endpoints are listed at `HOST/api/2.0/serving-endpoints` with `name`, `task`
and `state.ready`; a service principal's token comes from `HOST/oidc/v1/token` with the scope `all-apis`, by HTTP basic
authentication (databricks-sdk, `service/serving.py` and `oauth.py`).
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from pydantic import Field, SecretStr
from typing_extensions import override

from ....apis.models import Model, ModelType
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.addresses import beside, origin
from ...utils.authorized import Bearer, open_authorized
from ...utils.oauth import fetch_token
from ...utils.tokens import Token, TokenSource
from ...utils.transport import Transport
from .openai_compatible import OpenAICompatible

__all__ = ("Databricks", "DatabricksConfig")

_TASKS: dict[str, ModelType] = {
    "llm/v1/chat": "llm",
    "llm/v1/completions": "llm",
    "llm/v1/embeddings": "embedding",
    "agent/v1/chat": "llm",
}


class DatabricksConfig(RemoteConfig):
    """A workspace. `api_key` is a personal access token; a service principal has an id and a secret instead."""

    base_url: str | None = Field(default=None, description="the workspace: https://NAME.cloud.databricks.com")
    client_id: str | None = Field(default=None, description="of a service principal")
    client_secret: SecretStr | None = None


class Databricks(OpenAICompatible):
    """A workspace's serving endpoints."""

    config: DatabricksConfig

    def __init__(self, config: DatabricksConfig, provider_id: str, spec: ProviderSpec) -> None:
        if config.base_url:
            host = config.base_url if "://" in config.base_url else f"https://{config.base_url}"
            config = config.model_copy(update={"base_url": f"{origin(host)}/serving-endpoints"})
        super().__init__(config, provider_id, spec)

    @override
    def _transport(self) -> Transport | None:
        if self.key or not self._has_principal:
            return None
        return open_authorized(
            self.provider_id, self.config.network, lambda plain: Bearer(TokenSource(lambda: self._login(plain)))
        )

    async def _login(self, transport: Transport) -> Token[str]:
        config = self.config
        assert config.client_secret is not None
        login = b64encode(f"{config.client_id}:{config.client_secret.get_secret_value()}".encode()).decode()
        return await fetch_token(
            transport,
            self.provider_id,
            f"{origin(self.base_url or '')}/oidc/v1/token",
            {"grant_type": "client_credentials", "scope": "all-apis"},
            {"authorization": f"Basic {login}"},
        )

    @property
    def _has_principal(self) -> bool:
        return bool(self.config.client_id and self.config.client_secret)

    @override
    def _missing(self) -> str | None:
        if self.base_url is None:
            return super()._missing()
        if self.key or self._has_principal:
            return None
        return f"set {self.service.key_env}, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET"

    @override
    async def _listing(self) -> Any:
        """The endpoints that answer now, and that speak OpenAI's format."""
        answer = await beside(self.relay, origin(self.base_url or "")).get(
            "/api/2.0/serving-endpoints", self._caller_headers()
        )
        rows = [row for row in answer.get("endpoints", []) if row.get("task") in _TASKS]
        ready = [row for row in rows if (row.get("state") or {}).get("ready") == "READY"]
        return {"data": [{"id": row["name"], "task": row["task"]} for row in ready]}

    @override
    def _model(self, row: Mapping[str, Any]) -> Model:
        return super()._model(row).model_copy(update={"model_type": _TASKS[row["task"]]})
