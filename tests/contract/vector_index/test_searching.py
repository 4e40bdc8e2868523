"""How every vector index searches, by vector and by keyword."""

from typing import get_args

import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.apis.vector_io.index import Metric, StoreSpec, VectorIndex
from tests.support.vector_backends import (
    DIM,
    S1,
    S2,
    Place,
    chunk,
    fill,
    names,
    rule,
    similarity,
    some_vectors,
    vector,
    words,
)

pytestmark = pytest.mark.anyio


# ---- searching by vector


@pytest.mark.parametrize("metric", get_args(Metric))
async def test_the_nearest_are_found_with_their_similarity(place: Place, index: VectorIndex, metric: Metric) -> None:
    if metric not in place.backend.metrics:
        pytest.skip(f"has no {metric}")
    await index.create_store(StoreSpec(S2, DIM, metric))
    vectors = some_vectors(300)
    await fill(index, [chunk(str(n)) for n in range(300)], vectors, S2)
    for query in some_vectors(5, seed=2):
        expected = similarity(metric, vectors, query)
        found = await index.search_vector(S2, query.tobytes(), 20)
        scores = [each.score for each in found]
        assert scores == sorted(scores, reverse=True)
        assert scores == pytest.approx([expected[int(each.chunk.chunk_id)] for each in found], rel=1e-4, abs=1e-4)
        if place.backend.exact:
            assert scores == pytest.approx(sorted(expected, reverse=True)[:20], rel=1e-4, abs=1e-4)


async def test_l2_tells_long_vectors_apart_that_are_near_each_other(place: Place, index: VectorIndex) -> None:
    if "l2" not in place.backend.metrics:
        pytest.skip("has no l2")
    await index.create_store(StoreSpec(S2, DIM, "l2"))
    far = 1000.0
    await index.upsert(S2, [chunk(n) for n in "abc"], vector(far, 3) + vector(far, 2) + vector(far, 1))
    found = await index.search_vector(S2, vector(far), 3)
    assert [each.chunk.chunk_id for each in found] == ["c", "b", "a"]
    assert [each.score for each in found] == pytest.approx([-1, -2, -3], abs=1e-2)


async def test_a_vector_of_zeros_is_neither_near_nor_an_error(index: VectorIndex) -> None:
    await index.upsert(S1, [chunk("zero"), chunk("near"), chunk("far")], vector(0) + vector(2) + vector(-3))
    near, zero, far = await index.search_vector(S1, vector(5), 3)
    assert [each.chunk.chunk_id for each in (near, zero, far)] == ["near", "zero", "far"]
    assert [each.score for each in (near, zero, far)] == pytest.approx([1, 0, -1], abs=1e-6)
    assert [each.score for each in await index.search_vector(S1, vector(0), 3)] == pytest.approx([0, 0, 0], abs=1e-6)


async def test_vectors_of_another_dimension_are_refused(index: VectorIndex) -> None:
    for call in (
        index.upsert(S1, [chunk("a")], vector(1)[:-4]),
        index.upsert(S1, [chunk("a"), chunk("b")], vector(1)),
        index.upsert(S1, [chunk("a")], b""),
        index.upsert(S1, [], vector(1)),
        index.search_vector(S1, vector(1)[:-4], 1),
        index.search_vector(S1, b"", 1),
        index.search_vector(S1, vector(1) * 2, 1),
    ):
        with pytest.raises(BadRequestError, match="dimension"):
            await call
    assert await index.count(S1) == 0


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
async def test_numbers_that_are_none_are_refused(index: VectorIndex, number: float) -> None:
    await index.upsert(S1, [chunk("a")], vector(1))
    with pytest.raises(BadRequestError, match="NaN or infinity"):
        await index.upsert(S1, [chunk("b"), chunk("a", text="new")], vector(1) + vector(1, number))
    with pytest.raises(BadRequestError, match="NaN or infinity"):
        await index.search_vector(S1, vector(number), 1)
    assert (await index.chunks_of(S1, "doc"))[0] == [chunk("a")]


async def test_an_empty_store_finds_nothing(index: VectorIndex) -> None:
    assert await index.search_vector(S1, vector(1), 10) == []
    assert await index.search_keyword(S1, "word", 10) == []
    assert await index.search_vector(S1, vector(1), 10, rule("ne", "a", 1)) == []


async def test_no_more_is_found_than_was_asked_for(index: VectorIndex) -> None:
    await fill(index, [chunk(str(n), text="word") for n in range(30)], some_vectors(30))
    for limit in (1, 29, 30):
        assert len(await index.search_vector(S1, vector(1), limit)) == limit
        assert len(await index.search_keyword(S1, "word", limit)) == limit
    assert len(await names(index)) == 30


# ---- searching by keyword


async def test_words_find_the_texts_that_hold_any_of_them(index: VectorIndex) -> None:
    texts = {"both": "A llama and an alpaca.", "one": "The Llama", "none": "a goat; two llamas' friends"}
    await fill(index, [chunk(n, text=text) for n, text in texts.items()], some_vectors(3))
    found = await index.search_keyword(S1, "alpaca LLAMA", 10)
    assert [each.chunk.chunk_id for each in found] in (["both", "one"], ["both", "one", "none"])
    assert found[0].score > found[1].score > 0
    assert await words(index, "llam") == []


async def test_a_rare_word_weighs_more_than_a_common_one(index: VectorIndex) -> None:
    texts = {f"common{n}": f"the river number {n} is long" for n in range(20)} | {"rare": "the axolotl is long"}
    await fill(index, [chunk(n, text=text) for n, text in texts.items()], some_vectors(21))
    found = await index.search_keyword(S1, "river axolotl", 30)
    assert found[0].chunk.chunk_id == "rare"
    assert len(found) == 21
    assert len(await words(index, "river axolotl", 5)) == 5


ODD_QUERIES = [
    "",
    " \t\n",
    "?",
    "'",
    '"',
    '"unclosed',
    "a AND",
    "NOT llama",
    "llama*",
    "-llama +alpaca",
    "text:llama",
    "{store}: x",
    "(llama",
    "llama)",
    "NEAR(a b, 2)",
    "^llama",
    "a:*&|!<->",
    "%_\\",
    "'; DROP TABLE chunks; --",
    "\x00\x01",
    "😀 😀",
    "\\u0041",
    "é" * 500,
    "word " * 3000,
    "$1 ? :name @x",
    "[a-z]{2,} .* ~",
    "/regex/ || true",
    "\u200b\ufeff",
]


@pytest.mark.parametrize("text", ODD_QUERIES)
async def test_a_query_is_words_and_never_syntax(index: VectorIndex, text: str) -> None:
    await fill(index, [chunk("a", text="a llama"), chunk("z", text="zebra")], some_vectors(2))
    assert set(await words(index, text)) <= {"a"}


@pytest.mark.parametrize("text", [*ODD_QUERIES, "x" * 100_000, "ﬁ ① ǆ İ ß", "a\x00b"])
async def test_any_text_can_be_kept_beside_others(index: VectorIndex, text: str) -> None:
    await fill(index, [chunk("odd", text=text), chunk("z", text="zebra", position=1)], some_vectors(2))
    assert await words(index, "zebra") == ["z"]
    assert (await index.chunks_of(S1, "doc"))[0][0].text == text
    await index.delete_chunks(S1, chunk_ids=["odd"])
    assert await words(index, "zebra") == ["z"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Ein schöner Tag, straße", "SCHÖNER"),
        ("naïve café", "naïve"),
        ("Привет, мир", "привет"),
        ("γειά σου Κόσμε", "κόσμε"),
        ("नमस्ते दुनिया", "दुनिया"),
        ("שלום עולם", "עולם"),
        ("it's 42 degrees", "42"),
        ("call foo_bar(x) now", "foo_bar"),
        ("e\u0301tude", "étude"),
    ],
)
async def test_words_of_many_scripts_are_found(index: VectorIndex, text: str, query: str) -> None:
    await fill(index, [chunk("a", text=text), chunk("b", text="something else")], some_vectors(2))
    assert await words(index, query) == ["a"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我们研究向量搜索引擎", "搜索"),
        ("東京タワーは高い", "タワー"),
        ("대한민국의 수도", "수도"),
        ("ภาษาไทยง่าย", "ไทย"),
    ],
)
async def test_words_within_scripts_without_spaces_are_found(
    place: Place, index: VectorIndex, text: str, query: str
) -> None:
    if not place.backend.finds_within:
        pytest.skip("finds whole words only")
    await fill(index, [chunk("a", text=text), chunk("b", text="something else 天")], some_vectors(2))
    assert await words(index, query) == ["a"]
