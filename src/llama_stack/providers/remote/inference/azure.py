"""Azure OpenAI and the models of Azure AI Foundry: deployments, API versions, keys or Entra tokens.

Facts (read 2026-11): the v1 API is at `https://RESOURCE.openai.azure.com/openai/v1` and needs no api-version; dated
versions are at `/openai/deployments/DEPLOYMENT/…?api-version=…` ("Azure OpenAI API version lifecycle", Microsoft
Learn). A key goes into `api-key`, a token for the scope `https://cognitiveservices.azure.com/.default` into
`Authorization`; tokens come from `AUTHORITY/TENANT/oauth2/v2.0/token` ("Client credentials flow", azure-identity).
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr
from typing_extensions import override

from ....apis.errors import UnavailableError
from ....apis.models import Model
from ....apis.wire import WireRequest, edit
from ...config import RemoteConfig
from ...spec import ProviderSpec
from ...utils.authorized import Bearer, open_authorized
from ...utils.oauth import fetch_token
from ...utils.tokens import Token, TokenSource
from ...utils.transport import Transport
from .openai_compatible import OpenAICompatible

__all__ = ("Azure", "AzureConfig")

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _named(value: object) -> object:
    """A list of deployments: each goes by its own name."""
    return {name: name for name in value} if isinstance(value, list) else value


class AzureConfig(RemoteConfig):
    """A resource of Azure OpenAI. Without an `api_key`, the credentials of an app are exchanged for tokens."""

    base_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("base_url", "api_base"),
        description="the resource's address: https://RESOURCE.openai.azure.com",
    )
    api_version: str | None = Field(default=None, description="of the older API, `2024-10-21`; v1 needs none")
    api_type: Literal["azure", "azure_ad"] = Field(
        default="azure", description="azure_ad: the api_key is an Entra token, and sent as one"
    )
    deployments: Annotated[dict[str, str], BeforeValidator(_named)] = Field(
        default={}, description="model name → deployment, or a list of deployments; only these are then listed"
    )
    tenant_id: str | None = Field(default=None, description="of the app that Entra tokens are for")
    client_id: str | None = None
    client_secret: SecretStr | None = None
    federated_token_file: str | None = Field(default=None, description="in place of a secret: workload identity")
    authority: str = Field(default="https://login.microsoftonline.com", description="of another cloud, its own")
    scope: str = "https://cognitiveservices.azure.com/.default"


class Azure(OpenAICompatible):
    """Azure's OpenAI endpoints. A model is a deployment: callers use its name, or one that `deployments` gives it."""

    config: AzureConfig

    def __init__(self, config: AzureConfig, provider_id: str, spec: ProviderSpec) -> None:
        self._version = config.api_version if _DATED.fullmatch(config.api_version or "") else None
        super().__init__(config.model_copy(update={"base_url": self._address(config)}), provider_id, spec)

    def _address(self, config: AzureConfig) -> str | None:
        """The resource's address with the path of the API: a bare one, or one that ends in /openai, is completed."""
        if config.base_url is None:
            return None
        resource = config.base_url.removesuffix("/openai/v1").removesuffix("/openai")
        if urlsplit(resource).path.strip("/") and resource == config.base_url:
            return config.base_url
        return f"{resource}/openai" if self._version else f"{resource}/openai/v1"

    @override
    def _transport(self) -> Transport | None:
        if self.key or not self._has_app:
            return None
        return open_authorized(
            self.provider_id,
            self.config.network,
            lambda plain: Bearer(TokenSource(lambda: self._login(plain))),
            own=self.service.key_headers,
        )

    async def _login(self, transport: Transport) -> Token[str]:
        config = self.config
        form = {"grant_type": "client_credentials", "client_id": config.client_id or "", "scope": config.scope}
        if config.client_secret:
            form["client_secret"] = config.client_secret.get_secret_value()
        else:
            form |= {"client_assertion_type": _ASSERTION, "client_assertion": self._assertion()}
        url = f"{config.authority.rstrip('/')}/{config.tenant_id}/oauth2/v2.0/token"
        return await fetch_token(transport, self.provider_id, url, form)

    def _assertion(self) -> str:
        file = self.config.federated_token_file or ""
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise UnavailableError(f"{self.provider_id}: {file} cannot be read: {error.strerror}") from error

    @property
    def _has_app(self) -> bool:
        config = self.config
        return bool(config.tenant_id and config.client_id and (config.client_secret or config.federated_token_file))

    @override
    def _missing(self) -> str | None:
        if self.base_url is None:
            return super()._missing()
        if self.key or self._has_app:
            return None
        return f"set {self.service.key_env}, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"

    @override
    def _key_headers(self, key: str) -> dict[str, str]:
        if key and self.config.api_type == "azure_ad":
            return {"authorization": f"Bearer {key}"}
        return super()._key_headers(key)

    # ---- deployments

    @override
    def _prepare(self, request: WireRequest) -> tuple[bytes, Mapping[str, str] | None]:
        body, headers = super()._prepare(request)
        deployment = self.config.deployments.get(request.model, request.model)
        return (body if deployment == request.model else edit(body, put={"model": deployment})), headers

    @override
    def _path(self, operation: str, model: str) -> str:
        if self._version is None:
            return operation + self._query
        deployment = self.config.deployments.get(model, model)
        return f"/deployments/{quote(deployment, safe='')}{operation}{self._query}"

    @property
    def _query(self) -> str:
        return f"?api-version={quote(self.config.api_version)}" if self.config.api_version else ""

    @override
    async def _listing(self) -> Any:
        """The models that may run inference; Azure lists those of the region, whether deployed here or not."""
        answer = await self.relay.get(f"/models{self._query}", self._caller_headers())
        if self.config.deployments:
            return {"data": [{"id": name} for name in self.config.deployments]}
        rows = answer.get("data", []) if isinstance(answer, dict) else []
        return {"data": [row for row in rows if (row.get("capabilities") or {}).get("inference", True)]}

    @override
    def _model(self, row: Mapping[str, Any]) -> Model:
        model = super()._model(row)
        embeds = (row.get("capabilities") or {}).get("embeddings")
        return model.model_copy(update={"model_type": "embedding"}) if embeds else model
