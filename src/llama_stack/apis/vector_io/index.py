"""What a vector store's backend does: keep chunks with their vectors, and find them again.

This is all that a provider of the `vector_io` API implements, and what `tests/contract/vector_index` holds it
to. OpenAI's semantics (files, batches, expiry, ranking) are above it, and once for all backends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .filters import Comparison, Compound

__all__ = ("Found", "IndexedChunk", "Metric", "StoreSpec", "VectorIndex")

Metric = Literal["cosine", "dot", "l2"]


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """A store as a backend has to know it. The name is safe everywhere: `vs_` and hexadecimal digits."""

    store_id: str
    dimension: int
    metric: Metric = "cosine"


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A piece of a document. Its id is unique within its store."""

    chunk_id: str
    document_id: str  # the file it is of; what is deleted and updated together
    position: int  # its place in the document, from 0
    text: str  # what keyword search looks through
    attributes: Mapping[str, str | bool | float] = field(default_factory=dict)  # what filters look at
    payload: bytes = b"{}"  # JSON that is handed back as it came


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk and how well it fits; the best come first.

    A vector search scores with the metric's similarity: the cosine, the dot product, or minus the L2 distance. A
    keyword search scores with BM25 or the like: positive, higher is better, comparable within one answer.
    """

    chunk: IndexedChunk
    score: float


class VectorIndex(Protocol):
    """Stores of chunks. Vectors are float32, little-endian, row after row. Opened and closed with `async with`.

    What returned is durable, as far as the backend is, and found by the next search of everyone who shares it. A store
    that is not there raises `NotFoundError`; vectors of another dimension than the store's raise `BadRequestError`.
    """

    async def create_store(self, store: StoreSpec) -> None:
        """Make room for a store. The same again changes nothing; another dimension or metric is a `ConflictError`."""
        ...

    async def delete_store(self, store_id: str) -> bool:
        """Forget a store and all that is in it; False when there was none."""
        ...

    async def list_stores(self) -> list[StoreSpec]:
        """Every store this backend holds of ours, whoever made it."""
        ...

    async def upsert(self, store_id: str, chunks: Sequence[IndexedChunk], vectors: bytes) -> None:
        """Add chunks; one whose id is there already takes the other's place. All or none where the backend can.

        `vectors` holds len(chunks) × dimension numbers.
        """
        ...

    async def delete_chunks(
        self, store_id: str, *, document_id: str | None = None, chunk_ids: Sequence[str] | None = None
    ) -> int:
        """Forget a document's chunks, or those named; how many there were."""
        ...

    async def set_attributes(
        self, store_id: str, document_id: str, attributes: Mapping[str, str | bool | float]
    ) -> None:
        """Replace the attributes of all chunks of a document."""
        ...

    async def chunks_of(
        self, store_id: str, document_id: str, *, after: int = -1, limit: int = 100, with_vectors: bool = False
    ) -> tuple[list[IndexedChunk], bytes]:
        """A page of a document's chunks in their order, behind position `after`; their vectors where asked for."""
        ...

    async def count(self, store_id: str) -> int:
        """How many chunks a store holds."""
        ...

    async def search_vector(
        self, store_id: str, vector: bytes, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        """The chunks nearest to `vector` among those that fit `rule`, `limit` of them where there are as many."""
        ...

    async def search_keyword(
        self, store_id: str, text: str, limit: int, rule: Comparison | Compound | None = None
    ) -> list[Found]:
        """The chunks that hold words of `text`, among those that fit `rule`. A text is words, never syntax."""
        ...

    async def vectors_of(self, store_id: str, chunk_ids: Sequence[str]) -> dict[str, bytes]:
        """The vectors of chunks, by id; of those that are there."""
        ...
