"""What a caller may say of a file beside the file."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ....apis.errors import BadRequestError
from ....apis.wire import explain

__all__ = ("Options", "options_of")


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: str | None = Field(default=None, description="of an encrypted PDF")
    encoding: str | None = Field(default=None, description="of a text; left out, it is found out")
    media_type: str | None = Field(default=None, description="where neither content nor name tell the format")


def options_of(given: Mapping[str, Any] | None) -> Options:
    try:
        return Options.model_validate(given or {})
    except ValidationError as error:
        message, _ = explain(error, dict(given or {}))
        raise BadRequestError(f"options: {message}", param="options") from None
