"""Models: what can be asked for, and who serves it."""

from typing import Any, ClassVar, Literal, Protocol

from pydantic import AliasChoices, BaseModel, Field, computed_field

from .common import Deleted
from .declare import route
from .resource import RegisterResource, Resource

__all__ = ("Model", "ModelList", "ModelType", "Models", "RegisterModel")

ModelType = Literal["llm", "embedding", "rerank"]


class Model(Resource):
    """A model, in OpenAI's shape (`id`, `object`, `created`, `owned_by`) and the stack's own."""

    kind: ClassVar = "model"
    plural: ClassVar = "models"
    served_by: ClassVar = "inference"

    model_type: ModelType = "llm"
    created: int = Field(default=0, description="when the model was made, or first seen")
    metadata: dict[str, Any] = Field(default={}, description="context_length, embedding_dimension, …")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        return self.identifier

    @computed_field  # type: ignore[prop-decorator]
    @property
    def object(self) -> Literal["model"]:
        return "model"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def type(self) -> Literal["model"]:
        return "model"

    @computed_field  # type: ignore[prop-decorator]
    @property
    def owned_by(self) -> str:
        return self.provider_id

    @computed_field  # type: ignore[prop-decorator]
    @property
    def custom_metadata(self) -> dict[str, Any]:
        """The same facts where newer clients look for them."""
        return {
            "model_type": self.model_type,
            "provider_id": self.provider_id,
            "provider_resource_id": self.provider_resource_id,
            **self.metadata,
        }


class ModelList(BaseModel):
    object: Literal["list"] = "list"
    data: list[Model]


class RegisterModel(RegisterResource):
    """A model to serve under a name of the caller's choice."""

    model_id: str = Field(min_length=1, description="the name callers will use")
    provider_model_id: str | None = Field(
        default=None,
        description="the provider's own name for it; the same as model_id when left out",
        validation_alias=AliasChoices("provider_model_id", "provider_resource_id"),
    )
    model_type: ModelType | None = Field(default=None, description="what its provider lists it as, else llm")


class Models(Protocol):
    """The models this stack serves."""

    @route("GET", "/v1/models", aliases=("/v1/openai/v1/models",))
    async def list_models(self) -> ModelList:
        """List the models of all providers, with those registered here."""
        ...

    @route("GET", "/v1/models/{model_id:path}", aliases=("/v1/openai/v1/models/{model_id:path}",))
    async def get_model(self, model_id: str) -> Model:
        """Read one model."""
        ...

    @route("POST", "/v1/models")
    async def register_model(self, request: RegisterModel) -> Model:
        """Serve a provider's model under a name of your choice. It survives restarts."""
        ...

    @route("DELETE", "/v1/models/{model_id:path}")
    async def unregister_model(self, model_id: str) -> Deleted:
        """Forget a model that was registered here."""
        ...
