"""The tool runtime: tools, run; and the RAG tool, which puts documents into vector stores and finds them again."""

from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .chunks import Item, TextItem
from .declare import route
from .tool_groups import ToolList

__all__ = (
    "DEFAULT_CHUNK_TEMPLATE",
    "DefaultQueryGenerator",
    "InsertDocuments",
    "InvokeTool",
    "LLMQueryGenerator",
    "QueryDocuments",
    "RagDocument",
    "RagQueryConfig",
    "RagResult",
    "RagTool",
    "Ranker",
    "ToolInvocation",
    "ToolRuntime",
    "Uri",
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class InvokeTool(Strict):
    tool_name: str = Field(min_length=1)
    kwargs: dict[str, Any] = Field(description="the tool's arguments")


class ToolInvocation(BaseModel):
    """What a tool answered; or, with `error_message`, why it could not."""

    content: str | Item | list[Item] | None = None
    error_message: str | None = None
    error_code: int | None = None
    metadata: dict[str, Any] | None = None


class ToolRuntime(Protocol):
    """Run tools."""

    @route("GET", "/v1/tool-runtime/list-tools")
    async def list_runtime_tools(self, tool_group_id: str | None = None) -> ToolList:
        """List the tools that can be run, of one group where `tool_group_id` says so."""
        ...

    @route("POST", "/v1/tool-runtime/invoke")
    async def invoke_tool(self, request: InvokeTool) -> ToolInvocation:
        """Run a tool."""
        ...


# ---- RAG


class Uri(Strict):
    """Where a document is: `data:…`, or `https://…` where the server's config lets it fetch."""

    uri: str = Field(min_length=1)


class RagDocument(Strict):
    document_id: str = Field(min_length=1, description="the same again takes the place of what was there")
    content: str | Uri | Item | list[Item]
    mime_type: str | None = Field(default=None, description="text/plain where nothing says otherwise")
    metadata: dict[str, Any] = Field(default={}, description="shown to the model, and for filters to look at")


class InsertDocuments(Strict):
    documents: list[RagDocument] = Field(min_length=1)
    vector_store_id: str = Field(min_length=1)
    chunk_size_in_tokens: int = Field(default=512, ge=100, le=4096)


class DefaultQueryGenerator(Strict):
    """The texts as they are, joined."""

    type: Literal["default"] = "default"
    separator: str = " "


class LLMQueryGenerator(Strict):
    """A model makes the query; `{{messages}}` in the template stands for the texts."""

    type: Literal["llm"] = "llm"
    model: str = Field(min_length=1)
    template: str = Field(min_length=1, max_length=4096)


class Ranker(Strict):
    type: Literal["rrf", "weighted"] = "rrf"
    impact_factor: float | None = Field(default=None, gt=0)
    alpha: float | None = Field(default=None, ge=0, le=1)


DEFAULT_CHUNK_TEMPLATE = "Result {index}\nContent: {chunk.content}\nMetadata: {metadata}\n"


class RagQueryConfig(Strict):
    query_generator_config: Annotated[DefaultQueryGenerator | LLMQueryGenerator, Field(discriminator="type")] = (
        DefaultQueryGenerator()
    )
    max_tokens_in_context: int = Field(default=4096, ge=1)
    max_chunks: int = Field(default=5, ge=1, le=100)
    chunk_template: str = Field(
        default=DEFAULT_CHUNK_TEMPLATE,
        max_length=4096,
        description="how a chunk is shown: {index}, {chunk.content} and {metadata} are filled in, all else stays",
    )
    mode: Literal["vector", "keyword", "hybrid"] | None = Field(
        default=None, description="the server's default if left out"
    )
    ranker: Ranker | None = Field(default=None, description="how a hybrid search joins its two lists")

    @model_validator(mode="after")
    def _ranks_what_has_two_lists(self) -> Self:
        if self.ranker is not None and self.mode in ("vector", "keyword"):
            raise ValueError(f'ranker joins the two lists of mode "hybrid"; this is mode "{self.mode}"')
        return self


class QueryDocuments(Strict):
    content: str | Item | list[Item]
    vector_store_ids: list[str] = Field(min_length=1, max_length=32)
    query_config: RagQueryConfig | None = None


class RagResult(BaseModel):
    """What was found, for a model to read; `metadata` has the citations: file, chunk and score of each result."""

    content: list[TextItem] | None = None
    metadata: dict[str, Any] = {}


class RagTool(Protocol):
    """Documents in and out of vector stores, for models."""

    @route("POST", "/v1/tool-runtime/rag-tool/insert")
    async def insert_documents(self, request: InsertDocuments) -> None:
        """Cut documents into chunks, and put them into a vector store."""
        ...

    @route("POST", "/v1/tool-runtime/rag-tool/query")
    async def query_documents(self, request: QueryDocuments) -> RagResult:
        """Find what answers a question, as text that a model can read and cite."""
        ...
