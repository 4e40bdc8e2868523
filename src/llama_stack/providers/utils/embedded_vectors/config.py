"""What can be set of vector stores that are embedded in this process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BeforeValidator, Field

from ..vectors.contract import VectorConfig

__all__ = ("EmbeddedConfig", "TableConfig")


def _place(value: object) -> object:
    """An unset variable is no path."""
    return None if value in ("", ":memory:") else value


def _expanded(path: Path | None) -> Path | None:
    return path and path.expanduser()


Place = Annotated[
    Path | None,
    BeforeValidator(_place),
    AfterValidator(_expanded),
    Field(description="an SQLite file, made with its folder when absent; unset: nothing is kept when the server stops"),
]


class TableConfig(VectorConfig):
    """Where the tables are."""

    REFUSED: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("persistence", "kvstore"), "everything is in one SQLite file: set db_path, and remove this key"
    )

    db_path: Place = None


class EmbeddedConfig(TableConfig):
    """How they are searched in memory."""

    cache_bytes: int = Field(
        default=4 << 30,
        ge=0,
        description="memory for vectors that are searched; the stores longest unused make room, and a store that is"
        " larger than all of it is read from the file by each search, slowly",
    )
    approximate_from_chunks: int | None = Field(
        default=20_000,
        ge=1_000,
        description="a store of so many chunks is searched through an approximate index; null: every search is exact",
    )
