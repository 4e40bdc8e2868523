"""New stores: a row, and room in an index."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from ...apis.vector_io.index import Metric, StoreSpec
from ...apis.vector_io.types import RegisterVectorStore
from ..storage.ownership import owner
from .embedding import Embedder
from .indexes import Indexes
from .ingestion import Ingestion
from .rows import FileRow, StoreRow, new_id
from .store_table import StoreTable

__all__ = ("Making",)


class Making:
    """Makes stores that callers ask for, and those that the config declares."""

    def __init__(self, stores: StoreTable, indexes: Indexes, embedder: Embedder, ingestion: Ingestion) -> None:
        self._stores = stores
        self._indexes = indexes
        self._embedder = embedder
        self._ingestion = ingestion

    async def drafted(
        self,
        store_id: str | None = None,
        *,
        name: str | None,
        provider_id: str | None,
        embedding_model: str | None,
        dimension: int | None,
        metric: Metric | None,
        expires_days: int | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> StoreRow:
        """A store with every default filled in. Raises what says which of them is not to be had."""
        provider_id = await self._indexes.choose(provider_id)
        model = embedding_model or await self._embedder.default_model()
        now, (tenant, user) = int(time.time()), owner()
        return StoreRow(
            id=store_id or new_id("vs"),
            tenant=tenant,
            owner=user,
            name=name,
            created_at=now,
            last_active_at=now,
            expires_days=expires_days,
            provider_id=provider_id,
            index_id=new_id("vs"),
            embedding_model=model,
            dimension=dimension or await self._embedder.dimension(model),
            metric=metric or "cosine",
            metadata=metadata or {},
        )

    async def make(self, store: StoreRow, files: Sequence[FileRow] = ()) -> bool:
        """Make a store with files on their way into it; False when there is one of its id."""
        index = self._indexes[store.provider_id]
        # The index first: of a crash in between nothing is left but an empty store that upkeep finds.
        await index.create_store(StoreSpec(store.index_id, store.dimension, store.metric))
        if await self._ingestion.start(files, self._stores.added(store)):
            return True
        await index.delete_store(store.index_id)
        return False

    async def declare(self, wanted: Iterable[RegisterVectorStore]) -> None:
        """Make the stores of the config that are not there yet. Of several processes, one makes each."""
        known = {store.id for store in await self._stores.everyones()}
        for each in wanted:
            if each.vector_store_id not in known:
                draft = await self.drafted(
                    each.vector_store_id,
                    name=each.vector_store_name,
                    provider_id=each.provider_id,
                    embedding_model=each.embedding_model,
                    dimension=each.embedding_dimension,
                    metric=each.metric,
                )
                await self.make(draft)
