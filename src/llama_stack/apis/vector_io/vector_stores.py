"""Vector stores: OpenAI's API whole, with upstream's extensions."""

from typing import Annotated, Literal, Protocol

from pydantic import Field

from ..common import Deleted, Order
from ..declare import route
from .types import (
    CreateVectorStore,
    CreateVectorStoreFile,
    CreateVectorStoreFileBatch,
    FileStatus,
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

__all__ = ("PageLimit", "VectorStores")

PageLimit = Annotated[int, Field(ge=1, le=100)]

_STORES = "/v1/vector_stores"
_STORE = f"{_STORES}/{{vector_store_id}}"
_FILES = f"{_STORE}/files"
_BATCH = f"{_STORE}/file_batches/{{batch_id}}"


def _older(path: str) -> tuple[str, ...]:
    return (path.replace("/v1/", "/v1/openai/v1/", 1),)


class VectorStores(Protocol):
    """Files, made searchable."""

    @route("POST", _STORES, aliases=_older(_STORES))
    async def create_vector_store(self, request: CreateVectorStore) -> VectorStore:
        """Make a store, and put files into it where some are named."""
        ...

    @route("GET", _STORES, aliases=_older(_STORES))
    async def list_vector_stores(
        self, limit: PageLimit = 20, order: Order = "desc", after: str | None = None, before: str | None = None
    ) -> VectorStoreList:
        """List stores, newest first unless asked otherwise."""
        ...

    @route("GET", _STORE, aliases=_older(_STORE))
    async def get_vector_store(self, vector_store_id: str) -> VectorStore:
        """Read a store, and how far its files are."""
        ...

    @route("POST", _STORE, aliases=_older(_STORE))
    async def update_vector_store(self, vector_store_id: str, request: UpdateVectorStore) -> VectorStore:
        """Change a store's name, expiry or metadata."""
        ...

    @route("DELETE", _STORE, aliases=_older(_STORE))
    async def delete_vector_store(self, vector_store_id: str) -> Deleted:
        """Forget a store. Its files stay where they were uploaded."""
        ...

    @route("POST", f"{_STORE}/search", aliases=_older(f"{_STORE}/search"))
    async def search_vector_store(self, vector_store_id: str, request: SearchVectorStore) -> SearchResults:
        """Find the chunks that answer a query."""
        ...

    @route("POST", _FILES, aliases=_older(_FILES))
    async def create_vector_store_file(self, vector_store_id: str, request: CreateVectorStoreFile) -> VectorStoreFile:
        """Put an uploaded file into a store. It is processed in the background; its status tells how far it is."""
        ...

    @route("GET", _FILES, aliases=_older(_FILES))
    async def list_vector_store_files(
        self,
        vector_store_id: str,
        limit: PageLimit = 20,
        order: Order = "desc",
        after: str | None = None,
        before: str | None = None,
        filter: FileStatus | None = None,
    ) -> VectorStoreFileList:
        """List a store's files, of one status where `filter` says so."""
        ...

    @route("GET", f"{_FILES}/{{file_id}}", aliases=_older(f"{_FILES}/{{file_id}}"))
    async def get_vector_store_file(self, vector_store_id: str, file_id: str) -> VectorStoreFile:
        """Read how far a file is."""
        ...

    @route("POST", f"{_FILES}/{{file_id}}", aliases=_older(f"{_FILES}/{{file_id}}"))
    async def update_vector_store_file(
        self, vector_store_id: str, file_id: str, request: UpdateVectorStoreFile
    ) -> VectorStoreFile:
        """Replace a file's attributes."""
        ...

    @route("DELETE", f"{_FILES}/{{file_id}}", aliases=_older(f"{_FILES}/{{file_id}}"))
    async def delete_vector_store_file(self, vector_store_id: str, file_id: str) -> Deleted:
        """Take a file out of a store. The upload itself stays."""
        ...

    @route("GET", f"{_FILES}/{{file_id}}/content", aliases=_older(f"{_FILES}/{{file_id}}/content"))
    async def get_vector_store_file_content(
        self,
        vector_store_id: str,
        file_id: str,
        include_embeddings: bool = False,
        include_metadata: bool = False,
        limit: Annotated[int, Field(ge=1, le=1000)] | None = None,
        page: str | None = None,
    ) -> VectorStoreFileContent:
        """Read the chunks that were made of a file: all, or `limit` of them from `page` on."""
        ...

    @route("POST", f"{_STORE}/file_batches", aliases=_older(f"{_STORE}/file_batches"))
    async def create_vector_store_file_batch(
        self, vector_store_id: str, request: CreateVectorStoreFileBatch
    ) -> VectorStoreFileBatch:
        """Put many files into a store."""
        ...

    @route("GET", _BATCH, aliases=_older(_BATCH))
    async def get_vector_store_file_batch(self, vector_store_id: str, batch_id: str) -> VectorStoreFileBatch:
        """Read how far a batch is."""
        ...

    @route("POST", f"{_BATCH}/cancel", aliases=_older(f"{_BATCH}/cancel"))
    async def cancel_vector_store_file_batch(self, vector_store_id: str, batch_id: str) -> VectorStoreFileBatch:
        """Stop the files of a batch that are not done yet."""
        ...

    @route("GET", f"{_BATCH}/files", aliases=_older(f"{_BATCH}/files"))
    async def list_vector_store_file_batch_files(
        self,
        vector_store_id: str,
        batch_id: str,
        limit: PageLimit = 20,
        order: Order = "desc",
        after: str | None = None,
        before: str | None = None,
        filter: Literal["in_progress", "completed", "failed", "cancelled"] | None = None,
    ) -> VectorStoreFileList:
        """List a batch's files."""
        ...
