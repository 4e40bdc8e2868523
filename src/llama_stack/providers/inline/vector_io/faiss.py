"""Vector stores searched by faiss, with graphs of a shape that the config says."""

from pydantic import Field

from ...utils.embedded_vectors.config import EmbeddedConfig
from ...utils.embedded_vectors.index import EmbeddedIndex
from ...utils.embedded_vectors.opening import in_memory
from ...utils.embedded_vectors.searcher import Shape

__all__ = ("Faiss", "FaissConfig")


class FaissConfig(EmbeddedConfig):
    hnsw_links: int = Field(default=16, ge=4, le=64, description="edges of each vertex: more find more, in more memory")
    hnsw_build_effort: int = Field(
        default=80, ge=16, le=1000, description="candidates while a vertex is added: more find more, and take longer"
    )


class Faiss(EmbeddedIndex):
    """The tables of `inline::sqlite`, whose file it may open, and the same search; what it adds is the graphs' shape.

    Chunks and vectors are in an SQLite file; faiss holds what is derived from them.
    """

    def __init__(self, config: FaissConfig, provider_id: str) -> None:
        self.config, self.provider_id = config, provider_id
        super().__init__(config.db_path, lambda: in_memory(config, Shape(config.hnsw_links, config.hnsw_build_effort)))
