"""What provider configs have in common."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from typing_extensions import override

__all__ = ("NetworkConfig", "ProviderConfig", "RemoteConfig", "TLSConfig")


class ProviderConfig(BaseModel):
    """Base of every provider's config: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


def _switch(value: object) -> object:
    """What came from the environment is text: there, too, `true` and `false` are no paths."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


class TLSConfig(ProviderConfig):
    verify: Annotated[bool | str, BeforeValidator(_switch)] = Field(
        default=True, description="true, false, or the path of a CA bundle"
    )
    client_cert: str | None = Field(default=None, description="path of a certificate, for mutual TLS")
    client_key: str | None = Field(default=None, description="path of its key, when that is in a file of its own")


class NetworkConfig(ProviderConfig):
    """How a remote service is reached."""

    tls: TLSConfig = TLSConfig()
    proxy: str | None = Field(default=None, description="URL of an HTTP proxy")
    connect_timeout_seconds: float = Field(default=10, gt=0, description="for a connection to be made")
    read_timeout_seconds: float = Field(default=300, gt=0, description="longest silence before giving up")
    max_connections: int = Field(default=1000, ge=1, description="to this service at a time; further calls wait")
    headers: dict[str, str] = Field(default={}, description="sent with every call")


class RemoteConfig(ProviderConfig):
    """A remote service: where it is, how it is reached, which of its models may be used."""

    base_url: str | None = Field(default=None, description="up to and including the version: https://host/v1")
    api_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("api_key", "api_token", "auth_credential"),
        description="of whoever runs the stack; a caller may send one of their own",
    )
    allowed_models: list[str] | None = Field(default=None, description="only these may be listed and called")
    refresh_models: bool = Field(default=True, description="ask the service for its models in the background")
    network: NetworkConfig = NetworkConfig()

    @override
    def model_post_init(self, context: Any) -> None:
        if self.base_url:
            self.base_url = self.base_url.rstrip("/")
