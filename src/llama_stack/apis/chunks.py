"""Pieces of documents: what a file processor makes, what a vector store keeps, and how a text is cut."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = (
    "AutoChunking",
    "Chunk",
    "ChunkMetadata",
    "ChunkingStrategy",
    "ContextualChunking",
    "ContextualOptions",
    "EmbeddedChunk",
    "ImageItem",
    "StaticChunking",
    "StaticOptions",
    "TextItem",
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


# ---- chunks


class TextItem(BaseModel):
    type: Literal["text"] = "text"
    text: str


class ImageItem(BaseModel):
    type: Literal["image"] = "image"
    image: dict[str, Any] = Field(description="`url` or base64 `data`")


Item = Annotated[TextItem | ImageItem, Field(discriminator="type")]


class ChunkMetadata(BaseModel):
    """Facts about a chunk that no model needs to read. Times are seconds since 1970."""

    chunk_id: str | None = None
    document_id: str | None = None
    source: str | None = Field(default=None, description="a file's name, a URL")
    created_timestamp: int | None = None
    updated_timestamp: int | None = None
    chunk_window: str | None = Field(default=None, description="where in the document it stands: `first-last` token")
    chunk_tokenizer: str | None = Field(default=None, description="what counted the tokens")
    chunk_embedding_model: str | None = None
    chunk_embedding_dimension: int | None = None
    content_token_count: int | None = None
    metadata_token_count: int | None = None


class Chunk(BaseModel):
    """A piece of a document. `metadata` may be shown to models: headings, page, title."""

    content: str | Item | list[Item]
    chunk_id: str
    metadata: dict[str, Any] = {}
    chunk_metadata: ChunkMetadata = ChunkMetadata()


class EmbeddedChunk(Chunk):
    embedding: list[float]
    embedding_model: str
    embedding_dimension: int


# ---- how a text is cut


class AutoChunking(Strict):
    """Chunks of up to 800 tokens that share 400 with their neighbour."""

    type: Literal["auto"] = "auto"


class StaticOptions(Strict):
    max_chunk_size_tokens: int = Field(default=800, ge=100, le=4096)
    chunk_overlap_tokens: int = Field(default=400, ge=0)

    @model_validator(mode="after")
    def _overlaps_at_most_by_half(self) -> Self:
        if self.chunk_overlap_tokens * 2 > self.max_chunk_size_tokens:
            most = self.max_chunk_size_tokens // 2
            raise ValueError(f"chunk_overlap_tokens may be at most half of max_chunk_size_tokens: {most}")
        return self


class StaticChunking(Strict):
    """Chunks of a chosen size."""

    type: Literal["static"] = "static"
    static: StaticOptions


class ContextualOptions(Strict):
    """What a chat model is asked for each chunk: where in its document it stands."""

    model_id: str | None = Field(default=None, min_length=1)
    context_prompt: str | None = Field(
        default=None, description="with {{WHOLE_DOCUMENT}} and {{CHUNK_CONTENT}} where they belong"
    )
    max_chunk_size_tokens: int = Field(default=700, ge=100, le=4096)
    chunk_overlap_tokens: int = Field(default=400, ge=0)
    timeout_seconds: int | None = Field(default=None, ge=1, description="for each call of the model")
    max_concurrency: int | None = Field(default=None, ge=1, description="calls at a time")

    @model_validator(mode="after")
    def _overlaps_by_less_than_all(self) -> Self:
        if self.chunk_overlap_tokens >= self.max_chunk_size_tokens:
            raise ValueError("chunk_overlap_tokens must be less than max_chunk_size_tokens")
        return self


class ContextualChunking(Strict):
    """Chunks that begin with a model's words on where in the document they stand."""

    type: Literal["contextual"] = "contextual"
    contextual: ContextualOptions


ChunkingStrategy = Annotated[AutoChunking | StaticChunking | ContextualChunking, Field(discriminator="type")]
