"""Stores and chunks: what every vector index keeps, alone and with others."""

import asyncio
import itertools
import random

import numpy as np
import pytest

from llama_stack.apis.errors import ConflictError, NotFoundError
from llama_stack.apis.vector_io.index import IndexedChunk, StoreSpec, VectorIndex
from tests.support.vector_backends import (
    DIM,
    S1,
    S2,
    Place,
    chunk,
    fill,
    names,
    rule,
    some_vectors,
    vector,
    words,
)

pytestmark = pytest.mark.anyio


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
