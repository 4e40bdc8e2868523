"""What filters mean to every vector index."""

import random
from typing import Any

import pytest

from llama_stack.apis.vector_io.filters import Comparison, Compound, matches
from llama_stack.apis.vector_io.index import IndexedChunk, VectorIndex
from tests.support.vector_backends import S1, Place, chunk, fill, names, rule, similarity, some_vectors, words

pytestmark = pytest.mark.anyio


VALUES = [
    "a",
    "b",
    "B",
    "é",
    "",
    "10",
    "9",
    "true",
    0,
    1,
    1.0,
    2,
    -3.5,
    1e300,
    0.1,
    True,
    False,
    "a'b",
    'q"q',
    "%",
    "😀",
    "ａ",
]
KEYS = ["k", "other", "k.k", "$.k", 'k"', "", "é", "chunk_id"]


def attribute_sets() -> list[dict[str, Any]]:
    sets: list[dict[str, Any]] = [{}, *({"k": value} for value in VALUES)]
    sets += [{key: value} for key in KEYS[1:] for value in ("a", 1, True)]
    return [*sets, {"k": "a", "other": 1}, {"k": 1, "other": "a", "é": False}]


def comparisons() -> list[Comparison | Compound]:
    rules = [rule(type_, "k", value) for type_ in ("eq", "ne", "gt", "gte", "lt", "lte") for value in VALUES]
    rules += [rule(type_, "k", value) for type_ in ("in", "nin") for value in ([], ["a"], ["a", 1, True], VALUES)]
    rules += [rule(type_, key, value) for type_ in ("eq", "ne", "gt") for key in KEYS[1:] for value in ("a", 1, True)]
    return [*rules, rule("eq", "absent", "a"), rule("ne", "absent", "a"), rule("nin", "absent", ["a"])]


def compounds(count: int) -> list[Comparison | Compound]:
    """Filters within filters, by chance."""
    dice, simple = random.Random(3), comparisons()

    def made(depth: int) -> Comparison | Compound:
        if depth == 0 or dice.random() < 0.3:
            return dice.choice(simple)
        parts = [made(depth - 1).model_dump() for _ in range(dice.randint(1, 3))]
        return rule(dice.choice(["and", "or"]), filters=parts)

    return [made(3) for _ in range(count)]


@pytest.mark.parametrize("by", ["vector", "keyword"])
async def test_filters_mean_what_they_mean_everywhere(index: VectorIndex, by: str) -> None:
    sets = attribute_sets()
    chunks = [IndexedChunk(str(n), f"doc{n}", 0, "word", attributes) for n, attributes in enumerate(sets)]
    await fill(index, chunks, some_vectors(len(sets)))
    wrong = []
    for each in (*comparisons(), *compounds(60)):
        found = await names(index, each) if by == "vector" else set(await words(index, "word", 1000, each))
        expected = {str(n) for n, attributes in enumerate(sets) if matches(each, attributes)}
        if found != expected:
            wrong.append((each, sorted(found - expected), sorted(expected - found)))
    assert wrong == []


@pytest.mark.timeout(400)  # Qdrant's local mode waits for the disk with each chunk
async def test_a_filter_that_few_fit_still_gives_as_many_as_were_asked_for(place: Place, index: VectorIndex) -> None:
    count = 3000
    vectors, rare = some_vectors(count), rule("eq", "rare", True)
    chunks = [chunk(str(n), text="word", rare=n % 100 == 7, n=float(n)) for n in range(count)]
    for start in range(0, count, 500):
        await fill(index, chunks[start : start + 500], vectors[start : start + 500])
    query = some_vectors(1, seed=9)[0]
    found = await index.search_vector(S1, query.tobytes(), 10, rare)
    expected = similarity("cosine", vectors[7::100], query)
    assert len(found) == 10
    if place.backend.exact:
        assert [each.score for each in found] == pytest.approx(sorted(expected, reverse=True)[:10], abs=1e-4)
    assert len(await names(index, rare)) == 30
    assert len(await words(index, "word", 10, rare)) == 10
    most = rule("gte", "n", 100)
    assert len(await index.search_vector(S1, query.tobytes(), 50, most)) == 50
