"""Where the graphs of a database's stores are kept."""

from collections.abc import Collection
from pathlib import Path

__all__ = ("folder_of", "sweep")


def folder_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-graphs")


def sweep(folder: Path, nonces: Collection[str]) -> None:
    """Remove the files of stores that are gone."""
    for path in folder.glob("*"):
        if path.name.partition(".")[0] not in nonces:
            path.unlink(missing_ok=True)
