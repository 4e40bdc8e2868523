"""What a store answers to a query: candidates from its index, ranked, limited, scored from 0 to 1."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ...apis import Inference
from ...apis.errors import BadRequestError
from ...apis.inference import ChatCompletionRequest, RerankRequest
from ...apis.vector_io.filters import Comparison, Compound
from ...apis.vector_io.index import Found, VectorIndex
from ...apis.vector_io.types import RankingOptions, SearchMode
from ..config.vector_stores import RetrievalParams, RewriteParams, VectorStoresConfig
from .embedding import Embedder
from .indexes import Indexes
from .ranking import best_of, fused, keyword_scored, squashed, vector_scored, weighted
from .rows import StoreRow
from .store_table import StoreTable

__all__ = ("Search", "Wanted", "refuse_expired")

_ACTIVE_SECONDS = 60  # how exactly `last_active_at` is kept, so that not every search writes
_PLAIN = frozenset({"auto", "none", "default-2024-11-15", "default_2024_08_21", "default-2024-08-21"})
_RANKERS = ("auto", "none", "rrf", "weighted", "neural")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search, as both APIs say it."""

    queries: Sequence[str]
    limit: int
    mode: SearchMode | None = None
    rule: Comparison | Compound | None = None
    ranking: RankingOptions = field(default_factory=RankingOptions)


def refuse_expired(store: StoreRow) -> None:
    """Raise `BadRequestError` for a store whose time is over: its chunks are gone, or go at any moment."""
    if store.expired:
        message = f"the vector store {store.id!r} has expired: make another, and put its files there"
        raise BadRequestError(message, param="vector_store_id", code="vector_store_expired")


class Search:
    """Finds chunks. Raises `BadRequestError` for a store that has expired."""

    def __init__(
        self,
        table: StoreTable,
        indexes: Indexes,
        embedder: Embedder,
        inference: Inference,
        config: VectorStoresConfig,
    ) -> None:
        self._table = table
        self._indexes = indexes
        self._embedder = embedder
        self._inference = inference
        self._params: RetrievalParams = config.chunk_retrieval_params
        self._rewriting: RewriteParams = config.rewrite_query_params

    async def __call__(self, store: StoreRow, wanted: Wanted) -> list[Found]:
        """The best chunks first, each with a score from 0 to 1."""
        refuse_expired(store)
        ranker = self._ranker(wanted)
        index = self._indexes[store.provider_id]
        await self._forget_expired(store, index)
        found = await self._candidates(store, index, wanted, ranker)
        if ranker == "neural":
            found = await self._read_again(wanted, found)
        await self._touch(store)
        return [each for each in found if each.score >= wanted.ranking.score_threshold][: wanted.limit]

    async def rewritten(self, queries: Sequence[str]) -> list[str]:
        """Better queries, by the chat model of the config."""
        if self._rewriting.model is None:
            message = "rewrite_query needs a chat model: set vector_stores.rewrite_query_params.model in the run config"
            raise BadRequestError(message, param="rewrite_query")
        return list(await asyncio.gather(*(self._rewrite(self._rewriting.model.model_name, q) for q in queries)))

    # ---- candidates

    async def _candidates(self, store: StoreRow, index: VectorIndex, wanted: Wanted, ranker: str) -> list[Found]:
        mode = wanted.mode or self._params.default_search_mode
        several = mode == "hybrid" or ranker == "neural"
        limit = wanted.limit * (self._params.chunk_multiplier if several else 1)
        lists = await self._lists(store, index, wanted, mode, limit)
        if mode != "hybrid":
            return lists[mode]
        weights = self._weights(wanted.ranking)
        if ranker == "weighted":
            return weighted(lists, weights)
        impact = wanted.ranking.impact_factor or self._params.rrf_impact_factor
        return fused(lists, impact, _shares(wanted.ranking))

    async def _lists(
        self, store: StoreRow, index: VectorIndex, wanted: Wanted, mode: SearchMode, limit: int
    ) -> dict[str, list[Found]]:
        """The answers of each kind of search that the mode has, several queries joined."""
        searches = {
            "vector": lambda: self._by_vector(store, index, wanted, limit),
            "keyword": lambda: self._by_keyword(store, index, wanted, limit),
        }
        kinds = list(searches) if mode == "hybrid" else [mode]
        return dict(zip(kinds, await asyncio.gather(*(searches[kind]() for kind in kinds)), strict=True))

    async def _by_vector(self, store: StoreRow, index: VectorIndex, wanted: Wanted, limit: int) -> list[Found]:
        vectors = await self._embedder.vectors(store.embedding_model, wanted.queries)
        size = len(vectors) // len(wanted.queries)
        found = await asyncio.gather(
            *(
                index.search_vector(store.index_id, vectors[at : at + size], limit, wanted.rule)
                for at in range(0, len(vectors), size)
            )
        )
        return best_of(vector_scored(each, store.metric) for each in found)

    async def _by_keyword(self, store: StoreRow, index: VectorIndex, wanted: Wanted, limit: int) -> list[Found]:
        found = await asyncio.gather(
            *(index.search_keyword(store.index_id, query, limit, wanted.rule) for query in wanted.queries)
        )
        return best_of(keyword_scored(each) for each in found)

    # ---- ranking

    def _ranker(self, wanted: Wanted) -> str:
        asked = wanted.ranking.ranker or ("neural" if wanted.ranking.model else "auto")
        if asked in _PLAIN:
            return self._params.default_reranker_strategy
        if asked in _RANKERS:
            return asked
        message = f"ranking_options.ranker: {asked!r} is none of {', '.join(_RANKERS)}"
        raise BadRequestError(message, param="ranking_options.ranker")

    def _weights(self, ranking: RankingOptions) -> Mapping[str, float]:
        if ranking.weights:
            return _shares(ranking)
        alpha = self._params.weighted_search_alpha if ranking.alpha is None else ranking.alpha
        return {"vector": alpha, "keyword": 1 - alpha}

    async def _read_again(self, wanted: Wanted, found: list[Found]) -> list[Found]:
        """The candidates in the order of a rerank model."""
        reference = self._params.reranker_model
        model = wanted.ranking.model or (reference.model_name if reference else None)
        if model is None:
            message = "the ranker neural needs a rerank model: name it in ranking_options.model, or set"
            raise BadRequestError(
                f"{message} vector_stores.chunk_retrieval_params.reranker_model", param="ranking_options.model"
            )
        if not found:
            return found
        query, items = " ".join(wanted.queries), [each.chunk.text for each in found]
        answer = await self._inference.rerank(RerankRequest(model=model, query=query, items=list(items)))
        scores = [each.relevance_score for each in answer.data]
        bounded = all(0 <= score <= 1 for score in scores)
        ranked = [(found[each.index].chunk, each.relevance_score) for each in answer.data]
        return [Found(chunk, score if bounded else squashed(score)) for chunk, score in ranked]

    # ---- around a search

    async def _forget_expired(self, store: StoreRow, index: VectorIndex) -> None:
        """Chunks whose time is over are gone before anybody finds them."""
        if expired := await self._table.expired_chunks(store.id):
            await index.delete_chunks(store.index_id, chunk_ids=expired)
            await self._table.set_expiry(store.id, expired, None)

    async def _touch(self, store: StoreRow) -> None:
        now = int(time.time())
        if now - store.last_active_at >= _ACTIVE_SECONDS:
            await self._table.change(store.id, last_active_at=now)

    async def _rewrite(self, model: str, query: str) -> str:
        message = {"role": "user", "content": self._rewriting.prompt.replace("{query}", query)}
        request = ChatCompletionRequest.model_validate(
            {
                "model": model,
                "messages": [message],
                "max_tokens": self._rewriting.max_tokens,
                "temperature": self._rewriting.temperature,
            }
        )
        answer = await self._inference.post_chat_completion(request)
        text = answer.choices[0].message.content  # type: ignore[union-attr]  # it was not asked to stream
        return (text or "").strip() or query


def _shares(ranking: RankingOptions) -> dict[str, float]:
    return {str(name): share for name, share in (ranking.weights or {}).items()}
