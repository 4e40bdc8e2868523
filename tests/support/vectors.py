"""Vector backends with servers or engines of their own, to run the contract of every vector index against."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.chroma import chroma
from tests.support.elasticsearch import elasticsearch
from tests.support.milvus import milvus
from tests.support.qdrant import qdrant
from tests.support.services import pgvector
from tests.support.weaviate import weaviate

__all__ = (
    "in_chroma",
    "in_milvus",
    "in_qdrant",
    "on_chroma",
    "on_elasticsearch",
    "on_milvus",
    "on_pgvector",
    "on_qdrant",
    "on_weaviate",
)


@asynccontextmanager
async def on_pgvector(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with pgvector() as url:
        yield {"url": url, "max_connections": 3}


@asynccontextmanager
async def in_chroma(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "new folder" / "chroma")}


@asynccontextmanager
async def on_chroma(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with chroma() as (url, database):
        yield {"url": url, "database": database}


@asynccontextmanager
async def in_qdrant(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"path": str(folder / "new folder" / "qdrant")}


@asynccontextmanager
async def on_qdrant(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with qdrant() as url:
        yield {"url": url}


@asynccontextmanager
async def in_milvus(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "new folder" / "milvus.db")}


@asynccontextmanager
async def on_milvus(folder: Path) -> AsyncIterator[dict[str, Any]]:
    with milvus(folder) as uri:
        yield {"uri": uri}


@asynccontextmanager
async def on_elasticsearch(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with elasticsearch() as url:
        yield {"elasticsearch_url": url}


@asynccontextmanager
async def on_weaviate(folder: Path) -> AsyncIterator[dict[str, Any]]:
    async with weaviate() as url:
        yield {"weaviate_cluster_url": url}
