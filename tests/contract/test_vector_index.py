"""What every vector index does. A new backend joins by a row in `BACKENDS`."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from llama_stack.apis.errors import BadRequestError, ConflictError, NotFoundError
from llama_stack.apis.vector_io.filters import Comparison, Compound, Filter, matches
from llama_stack.apis.vector_io.index import IndexedChunk, Metric, StoreSpec, VectorIndex
from llama_stack.providers.registry.vector_io import PROVIDERS
from tests.support.vectors import (
    in_chroma,
    in_milvus,
    in_qdrant,
    on_chroma,
    on_elasticsearch,
    on_milvus,
    on_pgvector,
    on_qdrant,
    on_weaviate,
)

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def in_memory(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {}


@asynccontextmanager
async def in_a_file(folder: Path) -> AsyncIterator[dict[str, Any]]:
    yield {"db_path": str(folder / "new folder" / "vectors.db")}


@dataclass(frozen=True)
class Backend:
    """A provider under test: its type, what makes its config, what it cannot do."""

    provider_type: str
    configured: Callable[[Path], AbstractAsyncContextManager[dict[str, Any]]]
    shared: bool = True  # two instances with one config hold the same
    lasting: bool = True  # what it holds is there when it is opened again
    exact: bool = True  # a vector search of a small store finds the nearest, not nearly the nearest
    finds_within: bool = True  # words in scripts that put no spaces between them
    metrics: tuple[Metric, ...] = get_args(Metric)


BACKENDS = {
    "sqlite in memory": Backend("inline::sqlite", in_memory, shared=False, lasting=False),
    "sqlite": Backend("inline::sqlite", in_a_file),
    "faiss": Backend("inline::faiss", in_a_file),
    "sqlite-vec in memory": Backend("inline::sqlite-vec", in_memory, shared=False, lasting=False),
    "sqlite-vec": Backend("inline::sqlite-vec", in_a_file),
    "pgvector": Backend("remote::pgvector", on_pgvector),
    "chroma in a folder": Backend("inline::chromadb", in_chroma),
    "chroma": Backend("remote::chromadb", on_chroma),
    "qdrant in a folder": Backend("inline::qdrant", in_qdrant, shared=False),
    "qdrant": Backend("remote::qdrant", on_qdrant),
    "milvus in a folder": Backend("inline::milvus", in_milvus, shared=False),
    "milvus": Backend("remote::milvus", on_milvus),
    "elasticsearch": Backend("remote::elasticsearch", on_elasticsearch),
    "weaviate": Backend("remote::weaviate", on_weaviate),
}

S1, S2 = "vs_0123456789abcdef", "vs_fedcba9876543210"
DIM = 8
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Place:
    """A backend with a config: opened as often as a test likes."""

    backend: Backend
    config: dict[str, Any]

    def open(self) -> Any:
        spec = next(row for row in PROVIDERS if row.provider_type == self.backend.provider_type)
        if spec.missing():
            pytest.skip(spec.install_hint)
        cls: Any = spec.load()
        model = cls.__init__.__annotations__["config"]
        return cls(config=model.model_validate(self.config), provider_id="here")


@pytest.fixture(params=BACKENDS)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    backend = BACKENDS[request.param]
    async with backend.configured(tmp_path) as config:
        yield Place(backend, config)


@pytest.fixture
def shared(place: Place) -> Place:
    if not place.backend.shared:
        pytest.skip("what it holds is its own")
    return place


@pytest.fixture
def lasting(place: Place) -> Place:
    if not place.backend.lasting:
        pytest.skip("what it holds is forgotten when it is closed")
    return place


@pytest.fixture
async def index(place: Place) -> AsyncIterator[VectorIndex]:
    async with place.open() as opened:
        await opened.create_store(StoreSpec(S1, DIM))
        yield opened


def chunk(name: str, document: str = "doc", position: int = 0, text: str = "", **attributes: Any) -> IndexedChunk:
    return IndexedChunk(name, document, position, text, attributes, b'{"name": "%s"}' % name.encode())


def vector(*numbers: float) -> bytes:
    """A vector that begins with these numbers."""
    return np.array([*numbers, *[0.0] * (DIM - len(numbers))], "<f4").tobytes()


def some_vectors(count: int, seed: int = 1) -> Floats:
    """Directions and lengths of all sorts."""
    generator = np.random.default_rng(seed)
    lengths = generator.uniform(0.1, 10, (count, 1))
    return (generator.standard_normal((count, DIM)) * lengths).astype("<f4")


async def fill(index: VectorIndex, chunks: Sequence[IndexedChunk], vectors: Floats, store: str = S1) -> None:
    await index.upsert(store, chunks, vectors.astype("<f4").tobytes())


def rule(type_: str, key: str = "", value: Any = None, *, filters: list[Any] | None = None) -> Comparison | Compound:
    given = {"type": type_, "filters": filters} if filters else {"type": type_, "key": key, "value": value}
    made: Comparison | Compound = TypeAdapter(Filter).validate_python(given)
    return made


def similarity(metric: Metric, rows: Floats, query: Floats) -> NDArray[np.float64]:
    """What each metric means, in double precision."""
    exact, asked = rows.astype(np.float64), query.astype(np.float64)
    if metric == "l2":
        return np.asarray(-np.linalg.norm(exact - asked, axis=1))
    if metric == "dot":
        return np.asarray(exact @ asked)
    lengths = np.linalg.norm(exact, axis=1) * np.linalg.norm(asked)
    return np.divide(exact @ asked, lengths, out=np.zeros(len(rows)), where=lengths > 0)


async def names(index: VectorIndex, by: Comparison | Compound | None = None, limit: int = 1000) -> set[str]:
    return {found.chunk.chunk_id for found in await index.search_vector(S1, vector(1), limit, by)}


async def words(index: VectorIndex, text: str, limit: int = 100, by: Comparison | Compound | None = None) -> list[str]:
    return [found.chunk.chunk_id for found in await index.search_keyword(S1, text, limit, by)]


# ---- stores


async def test_a_store_is_made_once(index: VectorIndex) -> None:
    await index.upsert(S1, [chunk("a")], vector(1))
    await index.create_store(StoreSpec(S1, DIM, "cosine"))
    assert await index.count(S1) == 1


@pytest.mark.parametrize("other", [StoreSpec(S1, DIM + 1), StoreSpec(S1, DIM, "l2")])
async def test_a_store_of_that_name_but_another_kind_is_a_conflict(index: VectorIndex, other: StoreSpec) -> None:
    with pytest.raises(ConflictError, match=S1):
        await index.create_store(other)
    assert await index.list_stores() == [StoreSpec(S1, DIM)]


async def test_stores_are_listed_as_they_were_made(place: Place, index: VectorIndex) -> None:
    other = StoreSpec(S2, 3, place.backend.metrics[-1])
    await index.create_store(other)
    assert {store.store_id: store for store in await index.list_stores()} == {S1: StoreSpec(S1, DIM), S2: other}


async def test_a_deleted_store_is_gone_with_all_that_was_in_it(index: VectorIndex) -> None:
    await index.upsert(S1, [chunk("a", text="word")], vector(1))
    assert await index.delete_store(S1) is True
    assert await index.delete_store(S1) is False
    assert await index.list_stores() == []
    await index.create_store(StoreSpec(S1, DIM, "l2"))
    assert await index.count(S1) == 0
    assert await names(index) == set()
    assert await words(index, "word") == []


async def test_a_store_that_is_not_there_is_said_to_be_missing(index: VectorIndex) -> None:
    calls = [
        index.upsert(S2, [chunk("a")], vector(1)),
        index.delete_chunks(S2, document_id="doc"),
        index.set_attributes(S2, "doc", {}),
        index.chunks_of(S2, "doc"),
        index.count(S2),
        index.search_vector(S2, vector(1), 1),
        index.search_keyword(S2, "word", 1),
        index.vectors_of(S2, ["a"]),
    ]
    for call in calls:
        with pytest.raises(NotFoundError, match=S2):
            await call


async def test_stores_do_not_see_each_others_chunks(index: VectorIndex) -> None:
    await index.create_store(StoreSpec(S2, DIM))
    await index.upsert(S1, [chunk("a", text="one word")], vector(1))
    await index.upsert(S2, [chunk("a", text="another word"), chunk("b")], vector(1) + vector(2))
    assert (await index.count(S1), await index.count(S2)) == (1, 2)
    assert await words(index, "word another") == ["a"]
    (found,) = await index.search_keyword(S2, "word", 10)
    assert found.chunk.text == "another word"
    await index.delete_chunks(S2, document_id="doc")
    assert await names(index) == {"a"}


# ---- chunks


async def test_a_chunk_comes_back_as_it_went_in(index: VectorIndex) -> None:
    attributes = {
        "text": 'é "q" \\',
        "yes": True,
        "no": False,
        "one": 1.0,
        "half": 0.5,
        "zero": 0,
        "": "",
        "a.b[0]": "x",
    }
    odd = IndexedChunk(
        "id/with spaces:é'\"%_", "doc é/'", 7, "line\nline\ttab é 漢字 😀", attributes, b'{"k": "\xc3\xa9"}'
    )
    await index.upsert(S1, [odd], vector(1))
    (page, _), (found,) = await index.chunks_of(S1, odd.document_id), await index.search_vector(S1, vector(1), 5)
    assert page == [odd]
    assert found.chunk == odd
    assert {key: type(value) for key, value in page[0].attributes.items() if isinstance(value, bool)} == {
        "yes": bool,
        "no": bool,
    }


async def test_a_chunk_takes_the_place_of_one_with_its_id(index: VectorIndex) -> None:
    await index.upsert(S1, [chunk("a", text="old", v="old"), chunk("b", position=1)], vector(1) + vector(0, 1))
    await index.upsert(S1, [chunk("a", "other", text="new", v="new")], vector(0, 0, 1))
    assert await index.count(S1) == 2
    assert (await index.vectors_of(S1, ["a"])) == {"a": vector(0, 0, 1)}
    assert await words(index, "old") == []
    assert await words(index, "new") == ["a"]
    assert await names(index, rule("eq", "v", "old")) == set()
    assert await names(index, rule("eq", "v", "new")) == {"a"}
    assert [each.chunk_id for each in (await index.chunks_of(S1, "doc"))[0]] == ["b"]
    (first, *_) = await index.search_vector(S1, vector(0, 0, 1), 1)
    assert (first.chunk.text, first.score) == ("new", pytest.approx(1))


async def test_of_chunks_with_one_id_the_last_stays(index: VectorIndex) -> None:
    await index.upsert(S1, [chunk("a", text="first"), chunk("a", text="last")], vector(1) + vector(0, 1))
    assert await index.count(S1) == 1
    assert await index.vectors_of(S1, ["a"]) == {"a": vector(0, 1)}


async def test_nothing_is_added_when_nothing_is_given(index: VectorIndex) -> None:
    await index.upsert(S1, [], b"")
    assert await index.count(S1) == 0


async def test_chunks_are_deleted_by_document_by_id_and_by_both(index: VectorIndex) -> None:
    chunks = [chunk(f"{document}{n}", document, n, "word") for document in "ab" for n in range(3)]
    await fill(index, chunks, some_vectors(6))
    assert await index.delete_chunks(S1, chunk_ids=["a0", "b0", "none"]) == 2
    assert await index.delete_chunks(S1, document_id="a", chunk_ids=["a1", "b1"]) == 1
    assert await index.delete_chunks(S1, document_id="nobody's") == 0
    assert await index.delete_chunks(S1, chunk_ids=[]) == 0
    assert await index.delete_chunks(S1) == 0
    assert await names(index) == set(await words(index, "word")) == {"a2", "b1", "b2"}
    assert await index.delete_chunks(S1, document_id="b") == 2
    assert await names(index) == set(await words(index, "word")) == {"a2"}
    assert await index.count(S1) == 1


async def test_a_documents_attributes_are_replaced_for_all_its_chunks(index: VectorIndex) -> None:
    await fill(index, [chunk(n, n[0], text="word", old=1.0) for n in ("a1", "a2", "b1")], some_vectors(3))
    await names(index)
    await index.set_attributes(S1, "a", {"new": True})
    await index.set_attributes(S1, "nobody's", {"new": True})
    assert await names(index, rule("eq", "new", True)) == {"a1", "a2"}
    assert await names(index, rule("eq", "old", 1)) == {"b1"}
    assert await words(index, "word", by=rule("eq", "old", 1)) == ["b1"]
    assert [each.attributes for each in (await index.chunks_of(S1, "a"))[0]] == [{"new": True}] * 2
    assert (await index.search_vector(S1, vector(1), 3, rule("ne", "new", True)))[0].chunk.attributes == {"old": 1.0}


async def test_a_documents_chunks_come_page_by_page_in_their_order(index: VectorIndex) -> None:
    vectors = some_vectors(25)
    order = random.Random(5).sample(range(25), 25)
    await fill(index, [chunk(f"c{n}", position=n) for n in order], vectors[order])
    await index.upsert(S1, [chunk("other", "other", 3)], vector(1))
    after, seen, parts = -1, [], []
    while page := await index.chunks_of(S1, "doc", after=after, limit=10, with_vectors=True):
        if not page[0]:
            break
        after = page[0][-1].position
        seen += [each.chunk_id for each in page[0]]
        parts.append(page[1])
    assert seen == [f"c{n}" for n in range(25)]
    assert np.frombuffer(b"".join(parts), "<f4").reshape(25, DIM) == pytest.approx(vectors)
    assert await index.chunks_of(S1, "doc", after=23) == ([chunk("c24", position=24)], b"")
    assert await index.chunks_of(S1, "nobody's", with_vectors=True) == ([], b"")


async def test_vectors_are_found_by_the_chunks_ids(index: VectorIndex) -> None:
    await index.upsert(S1, [chunk("a"), chunk("b"), chunk("c")], vector(3, 4) + vector(0) + vector(-1, 1e-3))
    found = await index.vectors_of(S1, ["a", "b", "none"])
    assert found == {"a": vector(3, 4), "b": vector(0)}
    assert await index.vectors_of(S1, []) == {}


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


# ---- filters

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


# ---- with others, and later


async def test_what_was_written_is_there_after_reopening(lasting: Place) -> None:
    async with lasting.open() as index:
        await index.create_store(StoreSpec(S1, DIM))
        await index.upsert(S1, [chunk("a", text="word", k=1.5), chunk("b")], vector(3, 4) + vector(0, 1))
        await index.delete_chunks(S1, chunk_ids=["b"])
    async with lasting.open() as index:
        assert await index.list_stores() == [StoreSpec(S1, DIM)]
        (found,) = await index.search_vector(S1, vector(3, 4), 5)
        assert (found.chunk, found.score) == (chunk("a", text="word", k=1.5), pytest.approx(1))
        assert await words(index, "word") == ["a"]
        assert await index.vectors_of(S1, ["a"]) == {"a": vector(3, 4)}


async def test_who_shares_a_backend_sees_every_change_at_once(shared: Place) -> None:
    async with shared.open() as one, shared.open() as other:
        await one.create_store(StoreSpec(S1, DIM))
        assert await names(other) == set()
        await one.upsert(S1, [chunk("a", "a", text="word"), chunk("b", "b")], vector(1) + vector(0, 1))
        assert await names(other) == {"a", "b"}
        assert await words(other, "word") == ["a"]
        await other.set_attributes(S1, "a", {"k": 1})
        assert await names(one, rule("eq", "k", 1)) == {"a"}
        await one.upsert(S1, [chunk("a", "a", text="new")], vector(0, 0, 1))
        (found, *_) = await other.search_vector(S1, vector(0, 0, 1), 2)
        assert (found.chunk.text, found.score) == ("new", pytest.approx(1))
        await other.delete_chunks(S1, document_id="b")
        assert await names(one) == {"a"}
        await one.delete_store(S1)
        with pytest.raises(NotFoundError):
            await other.search_vector(S1, vector(1), 1)
        await other.create_store(StoreSpec(S1, DIM, "dot"))
        assert await names(one) == set()


async def test_callers_beside_each_other_lose_nothing(index: VectorIndex) -> None:
    async def work(document: int) -> None:
        for n in range(5):
            name = f"{document}-{n}"
            await index.upsert(S1, [chunk(name, str(document), n, "word")], vector(document + 1, n))
            assert name in await names(index)
        await index.set_attributes(S1, str(document), {"d": float(document)})
        assert len(await names(index, rule("eq", "d", document))) == 5
        await index.delete_chunks(S1, chunk_ids=[f"{document}-0"])

    await asyncio.gather(*map(work, range(8)))
    expected = {f"{document}-{n}" for document, n in itertools.product(range(8), range(1, 5))}
    assert await names(index) == set(await words(index, "word")) == expected
    assert await index.count(S1) == 32


async def test_instances_beside_each_other_lose_nothing(shared: Place) -> None:
    async with shared.open() as one, shared.open() as other:
        await one.create_store(StoreSpec(S1, DIM))

        async def write(index: VectorIndex, name: str) -> None:
            await index.upsert(S1, [chunk(name, name)], vector(1))
            await index.upsert(S1, [chunk("the same", "the same", text=name)], vector(1))

        await asyncio.gather(*(write(each, f"{who}{n}") for who, each in (("a", one), ("b", other)) for n in range(10)))
        expected = {"the same", *(f"{who}{n}" for who in "ab" for n in range(10))}
        assert await names(one) == await names(other) == expected
