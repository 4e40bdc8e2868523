"""Words that several APIs share."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

__all__ = ("Deleted", "Limit", "Order", "Size")

Order = Literal["asc", "desc"]
Limit = Annotated[int, Field(ge=1, le=1000)]

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?", re.IGNORECASE)
_POWERS = {unit: power for power, unit in enumerate(("", "K", "M", "G", "T"))}


def _bytes(value: object) -> object:
    """`512 MB` is 512 million bytes, `512 MiB` 512 times 2 to the 20th."""
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return value
    return int(float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2].upper()])


Size = Annotated[int, BeforeValidator(_bytes, json_schema_input_type=int | str)]  # bytes, or a text with a unit


class Deleted(BaseModel):
    """What a deletion answers, in OpenAI's shape."""

    id: str
    object: str
    deleted: bool = True
