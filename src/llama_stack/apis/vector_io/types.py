"""The wire shapes of vector stores: OpenAI's, with the stack's extensions. Times are seconds since 1970."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from ..chunks import ChunkingStrategy
from .filters import Filter
from .index import Metric

__all__ = (
    "Attributes",
    "CreateVectorStore",
    "CreateVectorStoreFile",
    "CreateVectorStoreFileBatch",
    "ExpiresAfter",
    "FileCounts",
    "FileStatus",
    "LastError",
    "RankingOptions",
    "RegisterVectorStore",
    "SearchMode",
    "SearchResult",
    "SearchResults",
    "SearchVectorStore",
    "TextContent",
    "UpdateVectorStore",
    "UpdateVectorStoreFile",
    "VectorStore",
    "VectorStoreFile",
    "VectorStoreFileBatch",
    "VectorStoreFileContent",
    "VectorStoreFileList",
    "VectorStoreList",
)

FileStatus = Literal["in_progress", "completed", "cancelled", "failed"]
SearchMode = Literal["vector", "keyword", "hybrid"]
Metadata = dict[str, Any]


class Asked(BaseModel):
    """What a caller sends: a field that means nothing is a mistake."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())


# ---- attributes


def _fitting(attributes: dict[str, str | bool | float]) -> dict[str, str | bool | float]:
    if long := [key for key in attributes if len(key) > 64]:
        raise ValueError(f"a key has at most 64 characters; {long[0][:20]!r}… has {len(long[0])}")
    for key, value in attributes.items():
        if isinstance(value, str) and len(value) > 512:
            raise ValueError(f"a text has at most 512 characters; that of {key!r} has {len(value)}")
    return attributes


Attributes = Annotated[
    dict[str, Annotated[str | bool | int | float, Field(union_mode="smart")]],
    Field(max_length=16, description="up to 16 texts, numbers or booleans, for filters to look at"),
    AfterValidator(_fitting),
]


# ---- stores


class ExpiresAfter(Asked):
    anchor: Literal["last_active_at"] = "last_active_at"
    days: int = Field(ge=1, le=365)


class FileCounts(BaseModel):
    in_progress: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    total: int = 0


class VectorStore(BaseModel):
    """A searchable set of files."""

    id: str
    object: Literal["vector_store"] = "vector_store"
    created_at: int
    name: str | None
    usage_bytes: int = Field(description="texts and vectors of all its files, in bytes")
    file_counts: FileCounts
    status: Literal["expired", "in_progress", "completed"]
    expires_after: ExpiresAfter | None = None
    expires_at: int | None = None
    last_active_at: int | None
    metadata: Metadata | None
    embedding_model: str = Field(description="what turns its texts, and the queries, into vectors")
    embedding_dimension: int
    metric: Metric
    provider_id: str = Field(description="the provider that keeps its chunks")


class VectorStoreList(BaseModel):
    object: Literal["list"] = "list"
    data: list[VectorStore]
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


_EXTENSIONS = ("embedding_model", "embedding_dimension", "metric", "provider_id")


class CreateVectorStore(Asked):
    """A store to make; `embedding_model` and what follows it are extensions, and may stand in `metadata` too."""

    name: str | None = None
    description: str | None = None
    file_ids: list[str] = Field(default=[], max_length=500)
    expires_after: ExpiresAfter | None = None
    chunking_strategy: ChunkingStrategy | None = None
    metadata: Metadata | None = None
    embedding_model: str | None = Field(default=None, min_length=1, description="the default one when left out")
    embedding_dimension: int | None = Field(default=None, ge=1, description="asked of the model when left out")
    metric: Metric | None = Field(default=None, description="cosine when left out")
    provider_id: str | None = Field(default=None, description="where to keep it; the default one when left out")

    @model_validator(mode="before")
    @classmethod
    def _extensions_in_metadata(cls, given: Any) -> Any:
        """An SDK that knows no extensions can send them as metadata; there they win."""
        metadata = given.get("metadata") if isinstance(given, Mapping) else None
        if not isinstance(metadata, Mapping):
            return given
        found = {name: metadata[name] for name in _EXTENSIONS if metadata.get(name) not in (None, "")}
        return {**given, **found}


class RegisterVectorStore(Asked):
    """A store that the run config wants to be there, under an id of its author's choice."""

    vector_store_id: str = Field(
        min_length=1, max_length=256, validation_alias=AliasChoices("vector_store_id", "vector_db_id")
    )
    vector_store_name: str | None = Field(
        default=None, validation_alias=AliasChoices("vector_store_name", "vector_db_name")
    )
    embedding_model: str | None = Field(default=None, min_length=1)
    embedding_dimension: int | None = Field(default=None, ge=1)
    metric: Metric | None = None
    provider_id: str | None = None


class UpdateVectorStore(Asked):
    """What is given is changed; `expires_after: null` lets the store live."""

    name: str | None = None
    expires_after: ExpiresAfter | None = None
    metadata: Metadata | None = None


# ---- files


class LastError(BaseModel):
    code: Literal["server_error", "unsupported_file", "invalid_file"]
    message: str


class VectorStoreFile(BaseModel):
    """A file in a store, and how far it is."""

    id: str
    object: Literal["vector_store.file"] = "vector_store.file"
    usage_bytes: int
    created_at: int
    vector_store_id: str
    status: FileStatus
    last_error: LastError | None
    chunking_strategy: ChunkingStrategy
    attributes: dict[str, Any] | None


class VectorStoreFileList(BaseModel):
    object: Literal["list"] = "list"
    data: list[VectorStoreFile]
    first_id: str | None = None
    last_id: str | None = None
    has_more: bool = False


class CreateVectorStoreFile(Asked):
    file_id: str = Field(min_length=1)
    attributes: Attributes | None = None
    chunking_strategy: ChunkingStrategy | None = None


class UpdateVectorStoreFile(Asked):
    attributes: Attributes | None


class CreateVectorStoreFileBatch(Asked):
    """Files by id, which share attributes and a chunking strategy; or `files`, each with its own."""

    file_ids: list[str] | None = Field(default=None, min_length=1, max_length=2000)
    files: list[CreateVectorStoreFile] | None = Field(default=None, min_length=1, max_length=2000)
    attributes: Attributes | None = None
    chunking_strategy: ChunkingStrategy | None = None

    @model_validator(mode="after")
    def _names_files_once(self) -> Self:
        if (self.file_ids is None) == (self.files is None):
            raise ValueError("give either file_ids or files")
        if self.files is not None and (self.attributes is not None or self.chunking_strategy is not None):
            raise ValueError("with files, each of them has its own attributes and chunking_strategy")
        return self

    def entries(self) -> list[CreateVectorStoreFile]:
        """The files, each with what goes for it; one that is named twice counts once."""
        entries = self.files or [
            CreateVectorStoreFile(file_id=each, attributes=self.attributes, chunking_strategy=self.chunking_strategy)
            for each in self.file_ids or ()
        ]
        return list({entry.file_id: entry for entry in entries}.values())


class VectorStoreFileBatch(BaseModel):
    id: str
    object: Literal["vector_store.files_batch"] = "vector_store.files_batch"
    created_at: int
    vector_store_id: str
    status: FileStatus
    file_counts: FileCounts


class TextContent(BaseModel):
    """A chunk's text, as OpenAI shows it; with what was asked for beside it."""

    type: Literal["text"] = "text"
    text: str
    embedding: list[float] | None = None
    metadata: dict[str, Any] | None = None
    chunk_metadata: dict[str, Any] | None = None

    @model_serializer(mode="wrap")
    def _without_nulls(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}


class VectorStoreFileContent(BaseModel):
    """The chunks of a file, in their order."""

    object: Literal["vector_store.file_content.page"] = "vector_store.file_content.page"
    data: list[TextContent]
    has_more: bool = False
    next_page: str | None = None


# ---- search


class RankingOptions(Asked):
    """How results are put in order.

    `auto`, `none` and OpenAI's names leave a search as its mode orders it; `rrf` and `weighted` say how a hybrid
    search joins its two lists; `neural` lets `model` read the candidates again.
    """

    ranker: str | None = Field(default=None, description="auto, none, rrf, weighted or neural")
    score_threshold: float = Field(default=0, ge=0, le=1, description="results below it are left out")
    alpha: float | None = Field(default=None, ge=0, le=1, description="weighted: the share of the vector score")
    impact_factor: float | None = Field(
        default=None, gt=0, description="rrf: the larger, the less the first places count"
    )
    weights: dict[Literal["vector", "keyword"], Annotated[float, Field(ge=0)]] | None = Field(
        default=None, description="shares of the two lists, instead of alpha"
    )
    model: str | None = Field(default=None, description="neural: the rerank model")


class SearchVectorStore(Asked):
    query: str | Annotated[list[str], Field(min_length=1, max_length=32)]
    filters: Filter | None = None
    max_num_results: int = Field(default=10, ge=1, le=50)
    ranking_options: RankingOptions | None = None
    rewrite_query: bool = False
    search_mode: SearchMode | None = Field(default=None, description="an extension; the server's default when left out")

    @property
    def queries(self) -> list[str]:
        return [self.query] if isinstance(self.query, str) else self.query


class SearchResult(BaseModel):
    file_id: str
    filename: str
    score: float
    attributes: dict[str, Any] | None
    content: list[TextContent]


class SearchResults(BaseModel):
    object: Literal["vector_store.search_results.page"] = "vector_store.search_results.page"
    search_query: list[str]
    data: list[SearchResult]
    has_more: bool = False
    next_page: str | None = None
