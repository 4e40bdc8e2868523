"""Vector stores searched by sqlite-vec: every search is exact, and little is held in memory."""

from ....utils.embedded_vectors.config import TableConfig
from ....utils.embedded_vectors.index import EmbeddedIndex
from ....utils.embedded_vectors.searcher import Searcher

__all__ = ("SqliteVec",)


class SqliteVec(EmbeddedIndex):
    """The tables of `inline::sqlite`, whose file it may open; searches go past all vectors, on disk, by sqlite-vec.

    It reads a copy of the vectors in a file beside the database, through an SQLite of its own: the one in many Pythons
    loads no extensions.
    """

    def __init__(self, config: TableConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        super().__init__(config.db_path, self._open)

    def _open(self) -> Searcher:
        from .searcher import VecSearcher

        place = self.config.db_path
        return VecSearcher(None if place is None else place.with_name(f"{place.name}-vec"))
