"""What a stack registers: models now, shields, stores, datasets… later; each kind is one class."""

from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

__all__ = ("RegisterResource", "Resource", "Source")

Source = Literal["config", "registered", "listed"]


class Resource(BaseModel):
    """Something a provider serves under a name that users choose."""

    model_config = ConfigDict(protected_namespaces=())

    kind: ClassVar[str]  # "model"
    plural: ClassVar[str]  # "models"
    served_by: ClassVar[str]  # the API whose providers serve it: "inference"

    identifier: str = Field(description="the name callers use")
    provider_id: str
    provider_resource_id: str = Field(description="the provider's own name for it")
    source: Source = Field(
        default="registered", description="from the run config, registered by a caller, or listed by its provider"
    )
    _whose: tuple[str, str] = PrivateAttr(default=("", ""))

    @property
    def whose(self) -> tuple[str, str]:
        """The tenant and the user that registered it, who are not sent to callers; "" where nobody had to say."""
        return self._whose

    def of(self, tenant: str, user: str) -> Self:
        """The same, as that user's."""
        owned = self.model_copy()
        owned._whose = tenant, user
        return owned


class RegisterResource(BaseModel):
    """The fields that every registration takes; a kind adds its own."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    provider_id: str | None = Field(default=None, description="may be left out when one provider can serve it")
    metadata: dict[str, Any] = {}
