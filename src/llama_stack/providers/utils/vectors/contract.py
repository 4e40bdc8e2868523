"""What every vector backend says in the same words, and what none of them takes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from ....apis.errors import ConflictError, NotFoundError
from ....apis.vector_io.index import StoreSpec
from ...config import ProviderConfig

__all__ = ("VectorConfig", "check_same", "no_store")


def no_store(provider_id: str, store_id: str) -> NotFoundError:
    return NotFoundError(f"{provider_id} holds no vector store {store_id}")


def check_same(wanted: StoreSpec, found: StoreSpec) -> None:
    """Raises `ConflictError` unless the store that is there is the one that was to be made."""
    if wanted != found:
        there = f"dimension {found.dimension} and metric {found.metric}"
        asked = f"{wanted.dimension} and {wanted.metric}"
        raise ConflictError(f"{found.store_id} is there already, with {there}, not {asked}: delete it first")


class VectorConfig(ProviderConfig):
    """Base of the backends' configs: keys that other programs had, and that mean nothing here, are explained."""

    REFUSED: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _explain(cls, given: Any) -> Any:
        refused = {"persistence": _NO_PERSISTENCE, **cls.REFUSED}
        found = [key for key in refused if isinstance(given, Mapping) and key in given]
        if found:
            raise ValidationError.from_exception_data(
                cls.__name__, [_refusal(key, given[key], refused[key]) for key in found]
            )
        return given


_NO_PERSISTENCE = "stores are listed from the backend itself and nothing is kept beside it: remove this key"


def _refusal(key: str, value: Any, why: str) -> InitErrorDetails:
    error = PydanticCustomError("means_nothing_here", "{why}", {"why": why})
    return InitErrorDetails(type=error, loc=(key,), input=value)
