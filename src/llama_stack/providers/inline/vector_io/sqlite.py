"""Vector stores in an SQLite file: the default, which needs no server and keeps everything in one place."""

from ...utils.embedded_vectors.config import EmbeddedConfig
from ...utils.embedded_vectors.index import EmbeddedIndex
from ...utils.embedded_vectors.opening import in_memory
from ...utils.embedded_vectors.searcher import Shape

__all__ = ("Sqlite",)


class Sqlite(EmbeddedIndex):
    """Chunks, attributes, words and vectors are in one SQLite file, which several server processes may share.

    What is searched is read into memory, and followed as the file changes.
    """

    def __init__(self, config: EmbeddedConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        super().__init__(config.db_path, lambda: in_memory(config, Shape()))
