"""What a stack registers: models now, shields, stores, datasets… later; each kind is one class."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

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


class RegisterResource(BaseModel):
    """The fields that every registration takes; a kind adds its own."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    provider_id: str | None = Field(default=None, description="may be left out when one provider can serve it")
    metadata: dict[str, Any] = {}
