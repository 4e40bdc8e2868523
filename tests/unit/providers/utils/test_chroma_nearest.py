"""What Chroma's graph leaves out, or shows too late: it does both while others write."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from llama_stack.apis.vector_io.index import IndexedChunk, Metric
from llama_stack.providers.utils.chroma.collections import Metadata
from llama_stack.providers.utils.chroma.nearest import nearest
from llama_stack.providers.utils.chroma.records import as_metadata

pytestmark = pytest.mark.anyio

VECTORS = {"a": (3.0, 4.0), "b": (1.0, 0.0), "c": (0.0, -2.0), "zero": (0.0, 0.0)}


@dataclass
class Lagging:
    """Its graph shows `b`, and `gone`, which has been deleted; all the others lie in the records."""

    distance: float
    name: str = "llamastack_vs_1"
    metadata: Metadata = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def count(self) -> int:
        return len(VECTORS)

    async def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        self.asked.append(verb)
        if verb == "query":
            shown = [as_metadata(_chunk("b"), {}), None]
            return {"ids": [["b", "gone"]], "metadatas": [shown], "distances": [[self.distance, 0.5]]}
        names = arguments.get("ids") or list(VECTORS)[: arguments["limit"]]
        held = {"metadatas": [as_metadata(_chunk(name), {}) for name in names]}
        return {"ids": names, **held, "embeddings": [VECTORS[name] for name in names]}


def _chunk(name: str) -> IndexedChunk:
    return IndexedChunk(name, "doc", 0, name, {}, b"{}")


@pytest.mark.parametrize(
    ("metric", "distance", "scores"),
    [
        ("cosine", 0.0, {"b": 1.0, "a": 0.6, "c": 0.0, "zero": 0.0}),
        ("dot", -1.0, {"a": 6.0, "b": 2.0, "c": 0.0, "zero": 0.0}),
        ("l2", 1.0, {"b": -1.0, "zero": -2.0, "c": -(8**0.5), "a": -(17**0.5)}),
    ],
)
async def test_what_is_overlooked_is_found_and_what_is_deleted_is_not(
    metric: Metric, distance: float, scores: dict[str, float]
) -> None:
    found = await nearest(Lagging(distance), metric, (2.0, 0.0), 10, None)
    assert {each.chunk.chunk_id: each.score for each in found} == pytest.approx(scores)
    assert [each.score for each in found] == sorted(scores.values(), reverse=True)


async def test_nothing_more_is_asked_where_enough_was_found() -> None:
    collection = Lagging(0.0)
    [found] = await nearest(collection, "cosine", (2.0, 0.0), 1, None)
    assert (found.chunk.chunk_id, collection.asked) == ("b", ["query"])
