"""From a config to a searcher: numpy is imported when it is first asked, faiss when a store is large."""

from typing import TYPE_CHECKING

from .config import EmbeddedConfig
from .files import folder_of
from .searcher import Searcher, Shape

if TYPE_CHECKING:
    from .builder import Builder

__all__ = ("in_memory",)


def in_memory(config: EmbeddedConfig, shape: Shape) -> Searcher:
    """Exact search in memory, with graphs of large stores."""
    from .memory import InMemory

    return InMemory(config.cache_bytes, config.approximate_from_chunks, lambda rows: _builder(rows, config, shape))


def _builder(rows: int, config: EmbeddedConfig, shape: Shape) -> "Builder":
    from .builder import Builder
    from .snapshots import Snapshots

    return Builder(rows, shape, Snapshots(folder_of(config.db_path)) if config.db_path else None)
