"""The `vector_stores` section of a run config: what stores and searches are when a request does not say."""

from typing import Literal

from pydantic import Field

from .section import Section

__all__ = ("ModelReference", "RetrievalParams", "RewriteParams", "VectorStoresConfig")


class ModelReference(Section):
    """A model by its provider and the provider's name for it, or by the name callers use."""

    model_id: str = Field(min_length=1)
    provider_id: str | None = None

    @property
    def model_name(self) -> str:
        return f"{self.provider_id}/{self.model_id}" if self.provider_id else self.model_id


class RewriteParams(Section):
    """How `rewrite_query: true` makes a better query."""

    model: ModelReference | None = Field(default=None, description="the chat model that does it")
    prompt: str = (
        "Rewrite this question as one short search query: keep every name, number and technical term, spell out what"
        " is meant, drop politeness. Answer with the query alone.\n\nQuestion: {query}"
    )
    max_tokens: int = Field(default=100, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=2)


class RetrievalParams(Section):
    """How chunks are searched and put in order."""

    default_search_mode: Literal["vector", "keyword", "hybrid"] = "vector"
    default_reranker_strategy: Literal["rrf", "weighted"] = Field(
        default="rrf", description="how a hybrid search joins its two lists"
    )
    rrf_impact_factor: float = Field(default=60.0, gt=0)
    weighted_search_alpha: float = Field(default=0.5, ge=0, le=1, description="the share of the vector score")
    chunk_multiplier: int = Field(default=5, ge=1, le=20, description="candidates to each wanted result, to rank from")
    reranker_model: ModelReference | None = Field(default=None, description="the model of `ranker: neural`")


class VectorStoresConfig(Section):
    """Defaults of vector stores."""

    default_provider_id: str | None = Field(default=None, description="where stores are kept; the first one otherwise")
    default_embedding_model: ModelReference | None = Field(
        default=None, description="the first one there is, otherwise"
    )
    rewrite_query_params: RewriteParams = RewriteParams()
    chunk_retrieval_params: RetrievalParams = RetrievalParams()
    upkeep_interval_seconds: float = Field(
        default=300, gt=0, description="how often expired stores and leftovers are cleared away"
    )
