"""What can be set of vector stores that are embedded in this process."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from ...config import ProviderConfig

__all__ = ("EmbeddedConfig",)


def _place(value: object) -> object:
    """An unset variable is no path."""
    return Path(value).expanduser() if isinstance(value, str) and value not in ("", ":memory:") else None


class EmbeddedConfig(ProviderConfig):
    db_path: Annotated[Path | None, BeforeValidator(_place)] = Field(
        default=None,
        description="an SQLite file, made with its folder when absent; unset: nothing is kept when the server stops",
    )
    cache_bytes: int = Field(
        default=4 << 30,
        ge=0,
        description="memory for the vectors of stores that are searched; the longest unused make room",
    )
