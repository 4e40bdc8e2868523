"""Every files provider, ready to be tried: an entry of a run config, and whatever stands behind it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

__all__ = ("FILE_PROVIDERS", "files_config")

Entry = dict[str, Any]
FILE_PROVIDERS: dict[str, Callable[[Path], AbstractContextManager[Entry]]] = {}


def files_config(*entries: Entry) -> dict[str, Any]:
    """A stack of these files providers, that forgets which files there are when it closes."""
    return {"version": 2, "providers": {"files": list(entries)}}


def _provider(make: Callable[[Path], Iterator[Entry]]) -> None:
    FILE_PROVIDERS[make.__name__.strip("_")] = contextmanager(make)


@_provider
def _localfs(folder: Path) -> Iterator[Entry]:
    yield {"provider_id": "files", "provider_type": "inline::localfs", "config": {"storage_dir": str(folder / "kept")}}


@_provider
def _localfs_for_a_while(folder: Path) -> Iterator[Entry]:
    yield {"provider_id": "files", "provider_type": "inline::localfs"}
