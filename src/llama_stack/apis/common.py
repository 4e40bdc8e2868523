"""Words that several APIs share."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

__all__ = ("Deleted", "Limit", "Order")

Order = Literal["asc", "desc"]
Limit = Annotated[int, Field(ge=1, le=1000)]


class Deleted(BaseModel):
    """What a deletion answers, in OpenAI's shape."""

    id: str
    object: str
    deleted: bool = True
