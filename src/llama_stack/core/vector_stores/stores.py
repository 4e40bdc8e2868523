"""The VectorStores API over tables, indexes and jobs."""

import sys
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from ...apis.chunks import AutoChunking, ChunkingStrategy
from ...apis.common import Deleted, Order
from ...apis.errors import BadRequestError
from ...apis.vector_io.index import IndexedChunk
from ...apis.vector_io.types import (
    CreateVectorStore,
    CreateVectorStoreFile,
    CreateVectorStoreFileBatch,
    FileStatus,
    RankingOptions,
    SearchResults,
    SearchVectorStore,
    UpdateVectorStore,
    UpdateVectorStoreFile,
    VectorStore,
    VectorStoreFile,
    VectorStoreFileBatch,
    VectorStoreFileContent,
    VectorStoreFileList,
    VectorStoreList,
)
from .file_table import FileTable
from .indexes import Indexes
from .ingestion import Ingestion
from .making import Making
from .rows import BatchRow, FileRow, StoreRow, new_id
from .search import Search, Wanted, refuse_expired
from .shown import batch_shown, content_shown, file_shown, results_shown, store_shown
from .store_table import StoreTable
from .upkeep import Upkeep

__all__ = ("VectorStoresService",)

_CHUNKS = 500  # asked of an index at a time


class VectorStoresService:
    """OpenAI's vector stores. What a caller got an id for can be read at once, by every replica."""

    def __init__(
        self,
        stores: StoreTable,
        files: FileTable,
        indexes: Indexes,
        making: Making,
        search: Search,
        ingestion: Ingestion,
        upkeep: Upkeep,
    ) -> None:
        self._stores = stores
        self._files = files
        self._indexes = indexes
        self._making = making
        self._search = search
        self._ingestion = ingestion
        self._upkeep = upkeep

    # ---- stores

    async def create_vector_store(self, request: CreateVectorStore) -> VectorStore:
        store = await self._making.drafted(
            name=request.name,
            provider_id=request.provider_id,
            embedding_model=request.embedding_model,
            dimension=request.embedding_dimension,
            metric=request.metric,
            expires_days=request.expires_after.days if request.expires_after else None,
            metadata=_described(request),
        )
        entries = [
            CreateVectorStoreFile(file_id=each, chunking_strategy=request.chunking_strategy)
            for each in dict.fromkeys(request.file_ids)
        ]
        await self._making.make(store, await self._rows(store.id, entries))
        return await self._shown(store)

    async def list_vector_stores(
        self, limit: int = 20, order: Order = "desc", after: str | None = None, before: str | None = None
    ) -> VectorStoreList:
        rows = await self._stores.page(limit=limit + 1, order=order, after=after, before=before)
        kept = _page(rows, limit, before is not None and after is None)
        usage = await self._stores.usage([row.id for row in kept])
        data = [store_shown(row, usage[row.id]) for row in kept]
        first, last = (data[0].id, data[-1].id) if data else (None, None)
        return VectorStoreList(data=data, first_id=first, last_id=last, has_more=len(rows) > limit)

    async def get_vector_store(self, vector_store_id: str) -> VectorStore:
        return await self._shown(await self._stores.get(vector_store_id))

    async def update_vector_store(self, vector_store_id: str, request: UpdateVectorStore) -> VectorStore:
        store = await self._alive(vector_store_id)
        fields: dict[str, Any] = {}
        if "name" in request.model_fields_set:
            fields["name"] = request.name
        if "metadata" in request.model_fields_set:
            fields["metadata"] = msgspec.json.encode(request.metadata or {})
        if "expires_after" in request.model_fields_set:
            fields["expires_days"] = request.expires_after.days if request.expires_after else None
            fields["last_active_at"] = int(time.time())
        if fields:
            await self._stores.change(store.id, **fields)
        return await self.get_vector_store(store.id)

    async def delete_vector_store(self, vector_store_id: str) -> Deleted:
        store = await self._stores.get(vector_store_id)
        await self._stores.remove(store)
        await self._upkeep.clear(store.provider_id, store.index_id)
        return Deleted(id=store.id, object="vector_store.deleted")

    async def search_vector_store(self, vector_store_id: str, request: SearchVectorStore) -> SearchResults:
        store = await self._stores.get(vector_store_id)
        queries: Sequence[str] = request.queries
        if request.rewrite_query:
            queries = await self._search.rewritten(queries)
        wanted = Wanted(
            queries,
            request.max_num_results,
            request.search_mode,
            request.filters,
            request.ranking_options or RankingOptions(),
        )
        found = await self._search(store, wanted)
        files = await self._files.by_document(store.id, list({each.chunk.document_id for each in found}))
        return SearchResults(search_query=list(queries), data=results_shown(found, files))

    async def _shown(self, store: StoreRow) -> VectorStore:
        return store_shown(store, (await self._stores.usage([store.id]))[store.id])

    # ---- files

    async def create_vector_store_file(self, vector_store_id: str, request: CreateVectorStoreFile) -> VectorStoreFile:
        store = await self._fillable(vector_store_id)
        rows = await self._rows(store.id, [request])
        await self._ingestion.start(rows)
        await self._upkeep.clear(store.provider_id, store.index_id)
        return file_shown(await self._files.get(store.id, request.file_id))

    async def list_vector_store_files(
        self,
        vector_store_id: str,
        limit: int = 20,
        order: Order = "desc",
        after: str | None = None,
        before: str | None = None,
        filter: FileStatus | None = None,
    ) -> VectorStoreFileList:
        store = await self._stores.get(vector_store_id)
        return await self._file_page(store, None, limit, order, after, before, filter)

    async def get_vector_store_file(self, vector_store_id: str, file_id: str) -> VectorStoreFile:
        return file_shown(await self._file(vector_store_id, file_id))

    async def update_vector_store_file(
        self, vector_store_id: str, file_id: str, request: UpdateVectorStoreFile
    ) -> VectorStoreFile:
        store, attributes = await self._stores.get(vector_store_id), request.attributes or {}
        file = await self._files.get(store.id, file_id)
        # The row first: ingestion that is under way takes the attributes of its next chunks from it.
        await self._files.set_attributes(file, attributes)
        await self._indexes[store.provider_id].set_attributes(store.index_id, file.document_id, attributes)
        return file_shown(await self._files.get(store.id, file_id))

    async def delete_vector_store_file(self, vector_store_id: str, file_id: str) -> Deleted:
        store = await self._stores.get(vector_store_id)
        await self._files.remove(await self._files.get(store.id, file_id))
        await self._upkeep.clear(store.provider_id, store.index_id)
        return Deleted(id=file_id, object="vector_store.file.deleted")

    async def get_vector_store_file_content(
        self,
        vector_store_id: str,
        file_id: str,
        include_embeddings: bool = False,
        include_metadata: bool = False,
        limit: int | None = None,
        page: str | None = None,
    ) -> VectorStoreFileContent:
        store = await self._stores.get(vector_store_id)
        file = await self._files.get(store.id, file_id)
        if page is not None and not page.isdecimal():
            raise BadRequestError(f"page: {page!r} is no next_page of ours", param="page")
        after = -1 if page is None else int(page)
        index, limit = self._indexes[store.provider_id], limit or sys.maxsize
        chunks, vectors = list[IndexedChunk](), b""
        while len(chunks) <= limit:
            more, their_vectors = await index.chunks_of(
                store.index_id, file.document_id, after=after, limit=_CHUNKS, with_vectors=include_embeddings
            )
            if not more:
                break
            chunks, vectors, after = [*chunks, *more], vectors + their_vectors, more[-1].position
        return content_shown(chunks, vectors, limit, store.dimension, with_metadata=include_metadata)

    # ---- batches

    async def create_vector_store_file_batch(
        self, vector_store_id: str, request: CreateVectorStoreFileBatch
    ) -> VectorStoreFileBatch:
        store = await self._fillable(vector_store_id)
        rows = await self._rows(store.id, request.entries())
        batch = BatchRow(new_id("vsfb"), store.id, int(time.time()))
        await self._ingestion.start(rows, *self._files.added_batch(batch, [row.file_id for row in rows]))
        await self._upkeep.clear(store.provider_id, store.index_id)
        return await self._batch_shown(batch)

    async def get_vector_store_file_batch(self, vector_store_id: str, batch_id: str) -> VectorStoreFileBatch:
        store = await self._stores.get(vector_store_id)
        return await self._batch_shown(await self._files.batch(store.id, batch_id))

    async def cancel_vector_store_file_batch(self, vector_store_id: str, batch_id: str) -> VectorStoreFileBatch:
        store = await self._stores.get(vector_store_id)
        await self._files.cancel_batch(await self._files.batch(store.id, batch_id))
        return await self.get_vector_store_file_batch(store.id, batch_id)

    async def list_vector_store_file_batch_files(
        self,
        vector_store_id: str,
        batch_id: str,
        limit: int = 20,
        order: Order = "desc",
        after: str | None = None,
        before: str | None = None,
        filter: FileStatus | None = None,
    ) -> VectorStoreFileList:
        store = await self._stores.get(vector_store_id)
        batch = await self._files.batch(store.id, batch_id)
        return await self._file_page(store, batch, limit, order, after, before, filter)

    # ---- what several of them do

    async def _fillable(self, store_id: str) -> StoreRow:
        """The store, when files may be put into it. Filling it is activity."""
        store = await self._alive(store_id)
        await self._stores.change(store.id, last_active_at=int(time.time()))
        return store

    async def _alive(self, store_id: str) -> StoreRow:
        store = await self._stores.get(store_id)
        refuse_expired(store)
        return store

    async def _rows(self, store_id: str, entries: Sequence[CreateVectorStoreFile]) -> list[FileRow]:
        """The rows of files that are to be attached. Raises `NotFoundError` for one that was never uploaded."""
        names = await self._ingestion.filenames([entry.file_id for entry in entries])
        return [
            FileRow(
                store_id=store_id,
                file_id=entry.file_id,
                document_id=new_id("vsf"),
                filename=names[entry.file_id],
                created_at=int(time.time()),
                status="in_progress",
                error_code=None,
                error_message=None,
                usage_bytes=0,
                attributes=entry.attributes or {},
                chunking=_plain(entry.chunking_strategy or AutoChunking()),
            )
            for entry in entries
        ]

    async def _file(self, store_id: str, file_id: str) -> FileRow:
        store = await self._stores.get(store_id)
        return await self._files.get(store.id, file_id)

    async def _file_page(
        self,
        store: StoreRow,
        batch: BatchRow | None,
        limit: int,
        order: Order,
        after: str | None,
        before: str | None,
        status: FileStatus | None,
    ) -> VectorStoreFileList:
        rows = await self._files.page(
            store.id,
            batch_id=batch.id if batch else None,
            limit=limit + 1,
            order=order,
            after=after,
            before=before,
            status=status,
        )
        data = [file_shown(row) for row in _page(rows, limit, before is not None and after is None)]
        first, last = (data[0].id, data[-1].id) if data else (None, None)
        return VectorStoreFileList(data=data, first_id=first, last_id=last, has_more=len(rows) > limit)

    async def _batch_shown(self, batch: BatchRow) -> VectorStoreFileBatch:
        return batch_shown(batch, await self._files.batch_counts(batch.id))


def _page(rows: list[Any], limit: int, backwards: bool) -> list[Any]:
    """`limit` of the rows: one more was asked for, to know whether there are more."""
    return rows[-limit:] if backwards else rows[:limit]


def _plain(strategy: ChunkingStrategy) -> dict[str, Any]:
    return strategy.model_dump(mode="json", exclude_none=True)


def _described(request: CreateVectorStore) -> dict[str, Any]:
    described = {"description": request.description} if request.description else {}
    return described | (request.metadata or {})
