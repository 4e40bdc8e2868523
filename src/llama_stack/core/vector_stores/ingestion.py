"""Files into stores: a durable job for each file, which processes, embeds and indexes it shard by shard.

The job shares a transaction with the row of the file, so no file waits for a job that does not exist. A shard that is
done is checkpointed; a chunk that is written twice takes its own place; so a crash costs the work of one shard.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import structs
from pydantic import TypeAdapter

from ...apis.chunks import Chunk, ChunkingStrategy
from ...apis.errors import NotFoundError, StackError, UnsupportedError
from ...apis.vector_io.index import IndexedChunk
from ..jobs import JobRecord, JobRun, Jobs, JobState
from ..request_context import current
from ..storage.ownership import on_behalf_of
from ..storage.sqlstore import SqlStore, Statement, UnmetError
from .documents import Processors, Uploads
from .embedding import Embedder
from .file_table import FileTable
from .indexes import Indexes
from .rows import FileRow, StoreRow, new_id
from .store_table import StoreTable

__all__ = ("KIND", "Ingestion")

log = logging.getLogger(__name__)

KIND = "vector_store_file"
_SHARD = 256  # chunks that are embedded, indexed and checkpointed together
_FILE_CODES = ("unsupported_file", "invalid_file")
_STRATEGY: TypeAdapter[ChunkingStrategy] = TypeAdapter(ChunkingStrategy)


class Ingestion:
    """Starts the jobs, and runs them."""

    def __init__(
        self,
        sql: SqlStore,
        stores: StoreTable,
        files: FileTable,
        indexes: Indexes,
        embedder: Embedder,
        jobs: Jobs,
        uploads: Uploads | None,
        processors: Processors | None,
    ) -> None:
        self._sql = sql
        self._stores = stores
        self._files = files
        self._indexes = indexes
        self._embedder = embedder
        self._jobs = jobs
        self._uploads = uploads
        self._processors = processors
        jobs.handle(KIND, self.run, ended=self.ended)

    # ---- starting

    async def filenames(self, file_ids: Sequence[str]) -> dict[str, str]:
        """File id → name. Raises `NotFoundError` for one that was never uploaded."""
        if file_ids and (self._uploads is None or self._processors is None):
            lacking = "files" if self._uploads is None else "file_processors"
            message = f"files cannot be put into a store: no provider of the {lacking} API is configured"
            raise UnsupportedError(message, param="file_id")
        return {each: (await self._uploads.get_file(each)).filename for each in file_ids if self._uploads}

    async def start(self, rows: Sequence[FileRow], *with_them: Statement) -> bool:
        """Write what goes with files, their rows and their jobs, all or nothing.

        False when the first statement gives no row though it is needed: then nothing is written.
        """
        statements = [*with_them]
        for row in rows:
            statements += self._files.added(row)
            payload = {"store_id": row.store_id, "file_id": row.file_id, "document_id": row.document_id}
            statements += self._jobs.submitting(KIND, payload, key=row.document_id)
        try:
            await self._sql.write(*statements)
        except UnmetError:
            return False
        self._jobs.wake()
        return True

    async def again(self, store: StoreRow, file_ids: Sequence[str]) -> None:
        """Read files once more, in the name of the store's owner: their chunks are lost."""
        token = current.set(on_behalf_of(store.tenant, store.owner))
        try:
            files = [await self._files.get(store.id, file_id) for file_id in file_ids]
            fresh = {"status": "in_progress", "usage_bytes": 0, "created_at": int(time.time())}
            await self.start([structs.replace(file, **fresh, document_id=new_id("vsf")) for file in files])
        finally:
            current.reset(token)

    # ---- running

    async def run(self, job: JobRun) -> None:
        """One file."""
        if (found := await self._found(job.payload)) is not None:
            store, file = found
            await self._complete(store, file, await self._fill(job, store, file))

    async def ended(self, job: JobRecord, state: JobState, error: Exception | None) -> None:
        """The job has failed, or was cancelled: so has its file, and its chunks go."""
        if (found := await self._found(job.payload)) is None:
            return
        store, file = found
        log.warning("file %s is not in the vector store %s (%s): %s", file.file_id, store.id, state, error)
        with suppress(UnmetError):  # told before, and died then
            await self._sql.write(self._files.ended(file.document_id, state, error=_coded(error) if error else None))
        await self._clear(store, file)

    async def _found(self, payload: Mapping[str, Any]) -> tuple[StoreRow, FileRow] | None:
        """The store and the file that waits; None when the caller has changed their mind."""
        try:
            store = await self._stores.get(payload["store_id"])
            file = await self._files.get(store.id, payload["file_id"])
        except NotFoundError:
            return None
        if file.document_id != payload["document_id"]:
            return None
        if file.status != "in_progress":
            await self._clear(store, file)
            return None
        return store, file

    async def _fill(self, job: JobRun, store: StoreRow, file: FileRow) -> int:
        """Everything from the bytes to the index. The size of texts and vectors, in bytes."""
        chunks = await self._chunks(file)
        done = int(job.state.get("chunks", 0))
        index, attributes = self._indexes[store.provider_id], file.attributes
        for start in range(done, len(chunks), _SHARD):
            shard = chunks[start : start + _SHARD]
            vectors = await self._embedder.vectors(store.embedding_model, [_text(chunk) for chunk in shard])
            attributes = (await self._files.get(store.id, file.file_id)).attributes
            indexed = [_indexed(chunk, file, start + at, attributes) for at, chunk in enumerate(shard)]
            await index.upsert(store.index_id, indexed, vectors)
            await job.checkpoint({"chunks": start + len(shard)}, done=start + len(shard), total=len(chunks))
        return sum(len(_text(chunk).encode()) for chunk in chunks) + len(chunks) * store.dimension * 4

    async def _chunks(self, file: FileRow) -> Sequence[Chunk]:
        if self._processors is None:
            raise UnsupportedError("no provider of the file_processors API is configured")
        strategy = _STRATEGY.validate_python(file.chunking)
        return (await self._processors.process_file(file_id=file.file_id, chunking_strategy=strategy)).chunks

    async def _complete(self, store: StoreRow, file: FileRow, usage_bytes: int) -> None:
        """The file is in, unless its caller has cancelled or deleted it meanwhile: then its chunks go."""
        try:
            await self._sql.write(self._files.ended(file.document_id, "completed", usage_bytes=usage_bytes))
        except UnmetError:
            await self._clear(store, file)
            return
        attributes = (await self._files.get(store.id, file.file_id)).attributes
        if attributes != file.attributes:  # changed on the way: some chunks may have older ones
            await self._indexes[store.provider_id].set_attributes(store.index_id, file.document_id, attributes)

    async def _clear(self, store: StoreRow, file: FileRow) -> None:
        """Take the chunks of a file that did not make it out of the index."""
        await self._indexes[store.provider_id].delete_chunks(store.index_id, document_id=file.document_id)


def _coded(error: Exception) -> tuple[str, str]:
    """An error in OpenAI's three codes: what is wrong with the file, or else with us."""
    code = error.code if isinstance(error, StackError) and error.code in _FILE_CODES else "server_error"
    return code, str(error)


def _indexed(chunk: Chunk, file: FileRow, position: int, attributes: dict[str, Any]) -> IndexedChunk:
    of = {"document_id": file.file_id, "source": file.filename}
    payload = {
        "of_file": file.file_id,
        "document_id": file.file_id,
        "source": file.filename,
        "metadata": chunk.metadata,
        "chunk_metadata": {**chunk.chunk_metadata.model_dump(exclude_none=True), **of},
    }
    name = f"{file.document_id}-{position}"
    return IndexedChunk(name, file.document_id, position, _text(chunk), attributes, msgspec.json.encode(payload))


def _text(chunk: Chunk) -> str:
    """What is embedded and searched: the texts of a chunk."""
    if isinstance(chunk.content, str):
        return chunk.content
    items = chunk.content if isinstance(chunk.content, list) else [chunk.content]
    return "\n".join(text for item in items if isinstance(text := getattr(item, "text", None), str))
