"""Chunks in and out of a store, without files."""

from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from ..chunks import ChunkMetadata, EmbeddedChunk
from ..declare import route

__all__ = ("InsertChunk", "InsertChunks", "QueryChunks", "QueryParams", "QueryResult", "VectorIO")


class InsertChunk(BaseModel):
    """A chunk to insert; without an embedding, the store's model makes one."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    content: Any = Field(description="a text, or content items of type text")
    chunk_id: str | None = Field(default=None, description="made from document and content when left out")
    metadata: dict[str, Any] = {}
    chunk_metadata: ChunkMetadata | None = None
    embedding: list[float] | None = None
    embedding_model: str | None = None
    embedding_dimension: int | None = None
    stored_chunk_id: str | None = None


class InsertChunks(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vector_store_id: str
    chunks: list[InsertChunk] = Field(min_length=1)
    replace_documents: bool = Field(
        default=False, description="an extension: forget what else there is of the documents that these chunks are of"
    )
    ttl_seconds: int | None = Field(default=None, ge=1, le=315_360_000, description="how long the chunks are found")


class Ranker(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: Literal["rrf", "weighted"] = "rrf"
    impact_factor: float | None = Field(default=None, gt=0)
    alpha: float | None = Field(default=None, ge=0, le=1)


class QueryParams(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mode: Literal["vector", "keyword", "hybrid"] | None = Field(default=None, description="the server's default")
    max_chunks: int = Field(default=3, ge=1, le=1000)
    score_threshold: float = 0
    ranker: Ranker | None = None


class QueryChunks(BaseModel):
    model_config = ConfigDict(extra="forbid")

    vector_store_id: str
    query: Any = Field(description="a text, or content items of type text")
    params: QueryParams | None = None


class QueryResult(BaseModel):
    """Chunks by falling score."""

    chunks: list[EmbeddedChunk]
    scores: list[float]


class VectorIO(Protocol):
    """Chunks in and out of vector stores."""

    @route("POST", "/v1/vector-io/insert")
    async def insert_chunks(self, request: InsertChunks) -> None:
        """Put chunks into a store; one whose id is there already takes the other's place."""
        ...

    @route("POST", "/v1/vector-io/query")
    async def query_chunks(self, request: QueryChunks) -> QueryResult:
        """Find the chunks nearest to a text."""
        ...
