"""What is remembered of stores, files and batches, and the tables that hold it."""

import time
import uuid
from typing import Any

import msgspec

from ...apis.vector_io.index import Metric
from ..storage.ownership import COLUMNS

__all__ = ("STEPS", "BatchRow", "FileRow", "StoreRow", "new_id")

STEPS = (
    f"CREATE TABLE vector_stores (sequence <id>, id <text> NOT NULL UNIQUE, {COLUMNS}, name <text>,"
    " created_at BIGINT NOT NULL, last_active_at BIGINT NOT NULL, expires_days BIGINT, provider_id <text> NOT NULL,"
    " index_id <text> NOT NULL, embedding_model <text> NOT NULL, dimension BIGINT NOT NULL, metric <text> NOT NULL,"
    " metadata <bytes> NOT NULL)",
    "CREATE TABLE vector_store_files (sequence <id>, store_id <text> NOT NULL, file_id <text> NOT NULL,"
    " document_id <text> NOT NULL UNIQUE, filename <text> NOT NULL, created_at BIGINT NOT NULL, status <text> NOT NULL,"
    " error_code <text>, error_message <text>, usage_bytes BIGINT NOT NULL, attributes <bytes> NOT NULL,"
    " chunking <bytes> NOT NULL, UNIQUE (store_id, file_id))",
    "CREATE INDEX vector_store_files_by_status ON vector_store_files (store_id, status, sequence)",
    "CREATE TABLE vector_store_batches (sequence <id>, id <text> NOT NULL UNIQUE, store_id <text> NOT NULL,"
    " created_at BIGINT NOT NULL, cancelled BIGINT NOT NULL DEFAULT 0)",
    "CREATE TABLE vector_store_batch_files (batch_id <text> NOT NULL, file_id <text> NOT NULL,"
    " store_id <text> NOT NULL, PRIMARY KEY (batch_id, file_id))",
    # What an index may still hold though nobody should find it; an empty document_id stands for the whole store.
    "CREATE TABLE vector_store_leftovers (provider_id <text> NOT NULL, index_id <text> NOT NULL,"
    " document_id <text> NOT NULL, PRIMARY KEY (provider_id, index_id, document_id))",
    "CREATE TABLE vector_store_expiring (store_id <text> NOT NULL, chunk_id <text> NOT NULL,"
    " expires_at BIGINT NOT NULL, PRIMARY KEY (store_id, chunk_id))",
    "CREATE INDEX vector_store_expiring_soon ON vector_store_expiring (store_id, expires_at)",
)

_DAY = 86_400


def new_id(kind: str) -> str:
    """`vs` → `vs_…`: an id that nobody else has."""
    return f"{kind}_{uuid.uuid4().hex}"


class StoreRow(msgspec.Struct, frozen=True):
    id: str
    tenant: str
    owner: str
    name: str | None
    created_at: int
    last_active_at: int
    expires_days: int | None
    provider_id: str
    index_id: str  # what the index calls it
    embedding_model: str
    dimension: int
    metric: Metric
    metadata: dict[str, Any]

    @property
    def expires_at(self) -> int | None:
        return None if self.expires_days is None else self.last_active_at + self.expires_days * _DAY

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= time.time()


class FileRow(msgspec.Struct, frozen=True):
    store_id: str
    file_id: str
    document_id: str  # what the index calls it; a file that is attached again is another document
    filename: str
    created_at: int
    status: Any  # FileStatus
    error_code: Any
    error_message: str | None
    usage_bytes: int
    attributes: dict[str, Any]
    chunking: dict[str, Any]


class BatchRow(msgspec.Struct, frozen=True):
    id: str
    store_id: str
    created_at: int
    cancelled: int = 0
