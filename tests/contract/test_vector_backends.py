"""What every vector backend on a server, or with an engine of its own, does. A new one joins by a row in `BACKENDS`."""

import math
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from struct import pack, unpack
from typing import Any

import pytest
from pydantic import TypeAdapter

from llama_stack.apis.errors import BadRequestError, ConflictError, NotFoundError
from llama_stack.apis.vector_io.filters import Comparison, Compound, Filter, matches
from llama_stack.apis.vector_io.index import IndexedChunk, Metric, StoreSpec, VectorIndex
from tests.support.vectors import BACKENDS

pytestmark = pytest.mark.anyio

Open = Callable[[], AbstractAsyncContextManager[VectorIndex]]
STORE = StoreSpec("vs_0a1b2c", 3)
FILTER: TypeAdapter[Comparison | Compound] = TypeAdapter(Filter)


@pytest.fixture(params=BACKENDS)
async def open_index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Open]:
    async with BACKENDS[request.param](tmp_path) as opener:
        yield opener


@pytest.fixture
async def index(open_index: Open) -> AsyncIterator[VectorIndex]:
    async with open_index() as opened:
        yield opened


def floats(*numbers: float) -> bytes:
    return pack(f"<{len(numbers)}f", *numbers)


def chunk(name: str, document: str = "d", position: int = 0, text: str = "", **attributes: Any) -> IndexedChunk:
    return IndexedChunk(
        name, document, position, text or f"text of {name}", attributes, b'{"of": "%s"}' % name.encode()
    )


def names(found: Iterable[Any]) -> list[str]:
    return [each.chunk.chunk_id for each in found]


async def test_stores_are_made_once_listed_and_forgotten(index: VectorIndex) -> None:
    assert await index.list_stores() == []
    other = StoreSpec("vs_ff", 4, "l2")
    await index.create_store(STORE)
    await index.create_store(STORE)
    await index.create_store(other)
    assert sorted(await index.list_stores(), key=lambda store: store.store_id) == [STORE, other]
    assert await index.delete_store("vs_ff") is True
    assert await index.delete_store("vs_ff") is False
    assert await index.list_stores() == [STORE]


@pytest.mark.parametrize("changed", [{"dimension": 4}, {"metric": "dot"}])
async def test_a_store_is_not_made_into_another(index: VectorIndex, changed: dict[str, Any]) -> None:
    await index.create_store(STORE)
    with pytest.raises(ConflictError, match="dimension 3"):
        await index.create_store(replace(STORE, **changed))


async def test_what_was_put_in_comes_out(index: VectorIndex) -> None:
    await index.create_store(STORE)
    kept = IndexedChunk(
        "a",
        "d",
        7,
        'Zürich\n"quoted" \\ 😀',
        {"n": 1.5, "t": "x", "b": True, "f": False, "int": 3},
        b'{"a": [1, null]}',
    )
    await index.upsert(STORE.store_id, [kept], floats(0.1, -2.5, 3e-8))
    (found,) = await index.search_vector(STORE.store_id, floats(1, 0, 0), 5)
    assert found.chunk == kept
    assert await index.chunks_of(STORE.store_id, "d", with_vectors=True) == ([kept], floats(0.1, -2.5, 3e-8))
    assert await index.vectors_of(STORE.store_id, ["a", "b"]) == {"a": floats(0.1, -2.5, 3e-8)}


async def test_text_may_hold_any_character(index: VectorIndex) -> None:
    await index.create_store(STORE)
    kept = chunk("a", text="one\0two\x1b three\ufffe four")
    await index.upsert(STORE.store_id, [kept], floats(1, 0, 0))
    assert [each.chunk for each in await index.search_keyword(STORE.store_id, "three", 5)] == [kept]
    assert await index.search_keyword(STORE.store_id, "a\0b", 5) == []


async def test_a_chunk_put_in_again_takes_the_others_place(index: VectorIndex) -> None:
    await index.create_store(STORE)
    await index.upsert(STORE.store_id, [chunk("a", text="old words", v=1)], floats(1, 0, 0))
    newer = chunk("a", document="e", position=2, text="new words", w=2)
    await index.upsert(STORE.store_id, [newer], floats(0, 1, 0))
    assert await index.count(STORE.store_id) == 1
    assert (await index.search_vector(STORE.store_id, floats(0, 1, 0), 2))[0].chunk == newer
    assert await index.search_keyword(STORE.store_id, "old", 2) == []
    assert (await index.chunks_of(STORE.store_id, "d"))[0] == []
    assert await index.vectors_of(STORE.store_id, ["a"]) == {"a": floats(0, 1, 0)}
    without = FILTER.validate_python(rule("ne", "v", 1))
    assert len(await index.search_vector(STORE.store_id, floats(0, 1, 0), 2, without)) == 1


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
async def test_scores_are_the_metrics_for_vectors_of_any_length(index: VectorIndex, metric: Metric) -> None:
    store = replace(STORE, metric=metric)
    await index.create_store(store)
    vectors = {"long": (3.0, 4.0, 0.0), "short": (0.1, 0.0, 0.0), "away": (-1.0, 0.5, 0.0), "up": (0.0, 0.0, 3.0)}
    await index.upsert(
        store.store_id, [chunk(name) for name in vectors], b"".join(floats(*v) for v in vectors.values())
    )
    asked = (2.0, 0.5, 0.1)
    found = await index.search_vector(store.store_id, floats(*asked), 4)
    wanted = sorted(((similarity(metric, asked, v), name) for name, v in vectors.items()), reverse=True)
    assert names(found) == [name for _, name in wanted]
    assert [each.score for each in found] == pytest.approx([score for score, _ in wanted], abs=1e-5)


def similarity(metric: Metric, a: Sequence[float], b: Sequence[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    if metric == "l2":
        return -math.dist(a, b)
    return dot if metric == "dot" else dot / (math.hypot(*a) * math.hypot(*b))


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
async def test_a_vector_without_length_harms_nobody(index: VectorIndex, metric: Metric) -> None:
    store = replace(STORE, metric=metric)
    await index.create_store(store)
    await index.upsert(store.store_id, [chunk("zero"), chunk("one")], floats(0, 0, 0, 1, 0, 0))
    found = await index.search_vector(store.store_id, floats(1, 0, 0), 5)
    assert names(found)[0] == "one"
    assert all(math.isfinite(each.score) for each in found)


async def test_vectors_of_another_dimension_are_refused(index: VectorIndex) -> None:
    await index.create_store(STORE)
    with pytest.raises(BadRequestError, match="dimension 3"):
        await index.upsert(STORE.store_id, [chunk("a")], floats(1, 2))
    with pytest.raises(BadRequestError, match="dimension 3"):
        await index.upsert(STORE.store_id, [chunk("a"), chunk("b")], floats(1, 2, 3))
    with pytest.raises(BadRequestError, match="dimension 3"):
        await index.search_vector(STORE.store_id, floats(1, 2, 3, 4), 1)
    with pytest.raises(BadRequestError):
        await index.upsert(STORE.store_id, [chunk("a")], floats(1, 2, math.nan))
    assert await index.count(STORE.store_id) == 0


CALLS: dict[str, Callable[[VectorIndex, str], Any]] = {
    "upsert": lambda index, store: index.upsert(store, [chunk("a")], floats(1, 0, 0)),
    "delete": lambda index, store: index.delete_chunks(store, document_id="d"),
    "attributes": lambda index, store: index.set_attributes(store, "d", {}),
    "chunks": lambda index, store: index.chunks_of(store, "d"),
    "count": lambda index, store: index.count(store),
    "search": lambda index, store: index.search_vector(store, floats(1, 0, 0), 1),
    "keyword": lambda index, store: index.search_keyword(store, "x", 1),
    "vectors": lambda index, store: index.vectors_of(store, ["a"]),
}


@pytest.mark.parametrize("call", CALLS)
async def test_a_store_that_is_not_there_is_said_to_be_so(index: VectorIndex, call: str) -> None:
    with pytest.raises(NotFoundError, match="vs_dead"):
        await CALLS[call](index, "vs_dead")


async def test_what_an_emptied_store_held_is_gone(index: VectorIndex) -> None:
    await index.create_store(STORE)
    await index.upsert(STORE.store_id, [chunk("a")], floats(1, 0, 0))
    await index.delete_store(STORE.store_id)
    await index.create_store(replace(STORE, dimension=2))
    assert await index.count(STORE.store_id) == 0
    assert await index.search_vector(STORE.store_id, floats(1, 0), 5) == []


async def test_chunks_are_forgotten_by_document_and_by_name(index: VectorIndex) -> None:
    await index.create_store(STORE)
    chunks = [chunk(f"{document}{n}", document, n) for document in "de" for n in range(3)]
    await index.upsert(STORE.store_id, chunks, floats(*range(18)))
    assert await index.delete_chunks(STORE.store_id, chunk_ids=["d0", "e2", "nobody"]) == 2
    assert await index.delete_chunks(STORE.store_id, document_id="d") == 2
    assert await index.delete_chunks(STORE.store_id, document_id="d") == 0
    assert await index.delete_chunks(STORE.store_id, chunk_ids=[]) == 0
    assert await index.count(STORE.store_id) == 2
    assert sorted(names(await index.search_keyword(STORE.store_id, "text", 9))) == ["e0", "e1"]


async def test_a_documents_chunks_are_paged_in_order(index: VectorIndex) -> None:
    await index.create_store(STORE)
    order = random.Random(1).sample(range(25), 25)
    chunks = [chunk(f"c{n}", "d", n) for n in order] + [chunk("x", "e", 3)]
    await index.upsert(STORE.store_id, chunks, b"".join(floats(each.position, 1, 1) for each in chunks))
    after, seen = -1, []
    while page := (await index.chunks_of(STORE.store_id, "d", after=after, limit=10, with_vectors=True)):
        if not page[0]:
            break
        numbers = [number for each in page[0] for number in (each.position, 1, 1)]
        assert unpack(f"<{len(numbers)}f", page[1]) == pytest.approx(numbers)  # some keep directions and lengths apart
        seen += [each.position for each in page[0]]
        after = seen[-1]
    assert seen == list(range(25))


async def test_a_documents_attributes_are_replaced(index: VectorIndex) -> None:
    await index.create_store(STORE)
    chunks = [chunk("a", "d", 0, old=1), chunk("b", "d", 1, old=1), chunk("c", "e", 0, old=1)]
    await index.upsert(STORE.store_id, chunks, floats(1, 0, 0, 0, 1, 0, 0, 0, 1))
    await index.set_attributes(STORE.store_id, "d", {"new": "x"})
    await index.set_attributes(STORE.store_id, "nobody", {"new": "x"})
    new, old = FILTER.validate_python(rule("eq", "new", "x")), FILTER.validate_python(rule("eq", "old", 1))
    assert sorted(names(await index.search_vector(STORE.store_id, floats(1, 0, 0), 9, new))) == ["a", "b"]
    assert names(await index.search_vector(STORE.store_id, floats(1, 0, 0), 9, old)) == ["c"]
    kept, vectors = await index.chunks_of(STORE.store_id, "d", with_vectors=True)
    assert kept == [replace(each, attributes={"new": "x"}) for each in chunks[:2]]
    assert vectors == floats(1, 0, 0, 0, 1, 0)


async def test_another_process_finds_what_was_kept(open_index: Open) -> None:
    async with open_index() as first:
        await first.create_store(STORE)
        await first.upsert(STORE.store_id, [chunk("a", text="kept words", n=1)], floats(1, 0, 0))
    async with open_index() as second:
        assert await second.list_stores() == [STORE]
        assert names(await second.search_vector(STORE.store_id, floats(1, 0, 0), 1)) == ["a"]
        assert names(await second.search_keyword(STORE.store_id, "kept", 1)) == ["a"]


# ---- keywords

TEXTS = {
    "fox": "The quick brown fox jumps over the lazy dog",
    "dog": "A dog is a dog is a dog",
    "cat": "The cat sleeps, and the fox watches the cat",
    "long": "The mouse " + "and the other mouse " * 40 + "met a zebra",
    "code": "error E-4711: call foo_bar(x) && retry; see C++ notes",
}


@pytest.fixture
async def texts(index: VectorIndex) -> VectorIndex:
    await index.create_store(STORE)
    chunks = [chunk(name, document=name, text=text, pet=name in ("dog", "cat")) for name, text in TEXTS.items()]
    await index.upsert(STORE.store_id, chunks, floats(*range(1, 16)))
    return index


async def test_words_find_the_chunks_that_hold_any_of_them(texts: VectorIndex) -> None:
    async def found(text: str) -> set[str]:
        return set(names(await texts.search_keyword(STORE.store_id, text, 9)))

    assert await found("fox") == {"fox", "cat"}
    assert await found("DOG zebra") == {"fox", "dog", "long"}
    assert await found("unheard") == set()
    assert await found("4711") == {"code"}


async def test_the_best_fitting_words_come_first(texts: VectorIndex) -> None:
    found = await texts.search_keyword(STORE.store_id, "the lazy fox", 9)
    assert names(found)[0] == "fox"
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert all(each.score > 0 for each in found)
    assert names(await texts.search_keyword(STORE.store_id, "the lazy fox", 1)) == ["fox"]
    # A rare word says more than a usual one.
    assert (names(await texts.search_keyword(STORE.store_id, "the zebra", 9)))[0] == "long"


@pytest.mark.parametrize(
    "text", ['fox"', "fox'", "fox AND", "-fox", "fox*", "(fox", "fox:dog", "NOT fox", "fox \\", "+fox || {", "[fox TO"]
)
async def test_a_text_is_words_and_never_syntax(texts: VectorIndex, text: str) -> None:
    assert {"fox", "cat"} <= set(names(await texts.search_keyword(STORE.store_id, text, 9)))


@pytest.mark.parametrize("text", ["", " ", "&&", '"', "...", "😀"])
async def test_a_text_without_words_finds_nothing(texts: VectorIndex, text: str) -> None:
    assert await texts.search_keyword(STORE.store_id, text, 9) == []


async def test_keywords_keep_to_the_filter(texts: VectorIndex) -> None:
    pets = FILTER.validate_python(rule("eq", "pet", True))
    assert sorted(names(await texts.search_keyword(STORE.store_id, "fox dog", 9, pets))) == ["cat", "dog"]


# ---- filters

VALUES: list[dict[str, Any]] = [
    {},
    {"a": 1},
    {"a": 1.0, "b": "x"},
    {"a": 2, "b": "y"},
    {"a": -0.5},
    {"a": 1e10, "b": ""},
    {"a": "1"},
    {"a": True},
    {"a": False, "b": "X"},
    {"a": 0},
    {"a": "Ä", "b": "xx"},
    {"a": "z", "b": "🙂"},
    {"a": "true"},
    {"b": 'it\'s "q" \\ %_'},
    {"a": ""},
    {"strange key: 'x'.\"y\" $": 1},
]


def rule(kind: str, key: str, value: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "value": value}


def rules() -> Mapping[str, Any]:
    scalars: list[Any] = [1, 1.0, 0, -0.5, 1e10, "1", "x", "X", "", "z", "Ä", "🙂", 'it\'s "q" \\ %_', True, False]
    found = [
        rule(kind, key, value)
        for kind in ("eq", "ne", "gt", "gte", "lt", "lte")
        for key in ("a", "b", "absent")
        for value in scalars
    ]
    lists: list[list[Any]] = [[], [1], [1, "1"], ["x", "y", "z"], [True, 0], [False, "", -0.5]]
    found += [rule(kind, key, values) for kind in ("in", "nin") for key in ("a", "b", "absent") for values in lists]
    found += [rule("eq", "strange key: 'x'.\"y\" $", 1), rule("gt", "strange key: 'x'.\"y\" $", 0)]
    some = random.Random(7).sample(found, 24)
    found += [{"type": kind, "filters": some[n : n + 3]} for kind in ("and", "or") for n in range(0, 24, 3)]
    deep = {"type": "or", "filters": [{"type": "and", "filters": some[:2]}, {"type": "or", "filters": some[2:4]}]}
    return {f"{n}": each for n, each in enumerate([*found, deep, {"type": "and", "filters": [deep, some[5]]}])}


async def test_filters_mean_what_they_mean_everywhere(index: VectorIndex) -> None:
    await index.create_store(STORE)
    chunks = [chunk(f"c{n:02}", position=n, **values) for n, values in enumerate(VALUES)]
    await index.upsert(STORE.store_id, chunks, floats(*(1.0 + n % 7 for n in range(3 * len(VALUES)))))
    wrong = []
    for asked in rules().values():
        wanted = FILTER.validate_python(asked)
        fits = [each.chunk_id for each in chunks if matches(wanted, each.attributes)]
        near = names(await index.search_vector(STORE.store_id, floats(1, 1, 1), 50, wanted))
        if sorted(near) != fits:
            wrong.append((asked, sorted(near), fits))
    assert wrong == []


async def test_a_filter_that_few_chunks_fit_finds_the_nearest_of_them(index: VectorIndex) -> None:
    chance, size = random.Random(3), 600
    store = StoreSpec("vs_abc", 16)
    await index.create_store(store)
    vectors = [[chance.gauss(0, 1) for _ in range(16)] for _ in range(size)]
    chunks = [chunk(f"c{n}", f"d{n}", group=n % 100) for n in range(size)]
    await index.upsert(store.store_id, chunks, b"".join(floats(*vector) for vector in vectors))
    asked = [chance.gauss(0, 1) for _ in range(16)]
    few = FILTER.validate_python(rule("eq", "group", 42))
    nearest = sorted(range(42, size, 100), key=lambda n: -similarity("cosine", asked, vectors[n]))
    found = await index.search_vector(store.store_id, floats(*asked), 3, few)
    assert names(found) == [f"c{n}" for n in nearest[:3]]
    assert unpack("<16f", (await index.vectors_of(store.store_id, ["c42"]))["c42"]) == pytest.approx(vectors[42])
    all_of_them = await index.search_vector(store.store_id, floats(*asked), size + 1)
    assert len(all_of_them) == size
