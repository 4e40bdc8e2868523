"""Vector stores, put together: the two APIs over whatever the run config names."""

from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack

from ...apis import Inference, Models
from ...apis.vector_io.types import RegisterVectorStore
from ..config.vector_stores import VectorStoresConfig
from ..jobs import Jobs
from ..resolver import Provider
from ..storage.storage import Storage
from .chunks import VectorIOService
from .documents import Processors, Uploads
from .embedding import Embedder
from .file_table import FileTable
from .indexes import Indexes
from .ingestion import Ingestion
from .making import Making
from .rows import STEPS
from .search import Search
from .store_table import StoreTable
from .stores import VectorStoresService
from .upkeep import Upkeep

__all__ = ("open_vector_stores",)


async def open_vector_stores(
    config: VectorStoresConfig,
    providers: Iterable[Provider],
    *,
    storage: Storage,
    jobs: Jobs,
    inference: Inference,
    models: Models,
    files: Uploads | None,
    processors: Processors | None,
    declared: Sequence[RegisterVectorStore],
    exits: AsyncExitStack,
) -> tuple[VectorStoresService, VectorIOService, Upkeep]:
    """Implementations of `VectorStores` and `VectorIO`, until `exits` closes. Files need both optional APIs."""
    sql = await exits.enter_async_context(storage.sql())
    await sql.migrate("vector_stores", STEPS)
    stores, file_table = StoreTable(sql), FileTable(sql)
    indexes = Indexes(providers, config.default_provider_id)
    embedder = Embedder(inference, models, config.default_embedding_model)
    search = Search(stores, indexes, embedder, inference, config)
    ingestion = Ingestion(sql, stores, file_table, indexes, embedder, jobs, files, processors)
    making = Making(stores, indexes, embedder, ingestion)
    upkeep = Upkeep(
        sql, stores, file_table, indexes, ingestion, lambda: making.declare(declared), config.upkeep_interval_seconds
    )
    await exits.enter_async_context(upkeep)
    service = VectorStoresService(stores, file_table, indexes, making, search, ingestion, upkeep)
    return service, VectorIOService(stores, indexes, embedder, search), upkeep
