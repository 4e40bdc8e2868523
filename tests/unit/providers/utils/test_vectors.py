"""What vector backends share: words, BM25, filters that are wider than what was asked."""

from struct import pack
from typing import Any

import pytest
from pydantic import TypeAdapter

from llama_stack.apis.errors import BadRequestError, ConflictError
from llama_stack.apis.vector_io.filters import Comparison, Compound, Filter
from llama_stack.apis.vector_io.index import Found, IndexedChunk, StoreSpec
from llama_stack.providers.utils.vectors.bm25 import Bm25
from llama_stack.providers.utils.vectors.contract import check_same
from llama_stack.providers.utils.vectors.filters import fact, fitting, plain, tagged, translate
from llama_stack.providers.utils.vectors.numbers import packed, rows
from llama_stack.providers.utils.vectors.words import asked, held

STORE = StoreSpec("vs_1", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The quick_brown FOX, 4711!", ["the", "quick", "brown", "fox", "4711"]),
        ("Straße ﬁx ①", ["strasse", "fix", "1"]),
        ("向量x", ["向", "量", "向量", "x"]),
        ("...", []),
    ],
)
def test_a_text_holds_words(text: str, words: list[str]) -> None:
    assert held(text) == words


def test_a_query_asks_for_each_word_once_and_for_pairs_where_there_are_no_spaces() -> None:
    assert asked("b A a 搜索引 字") == ["b", "a", "搜索", "索引", "字"]
    assert len(asked(" ".join(map(str, range(1000))))) == 200


def test_bm25_prefers_rare_words_many_of_them_and_short_texts() -> None:
    texts = {"rare": "zebra at the lake", "usual": "the the lake", "long": "the " * 5 + "and so on " * 20, "none": "x"}
    ranking = Bm25(["zebra", "the"], total=50)
    for name, text in texts.items():
        ranking.add(name, text.split())
    best = ranking.best(10)
    assert [name for name, _ in best] == ["rare", "usual", "long"]
    assert ranking.best(1) == best[:1]


def leaf(rule: Comparison) -> str | None:
    return None if rule.type == "gt" else f"{rule.key}{rule.type}"


JOIN = {"and": lambda parts: f"({'&'.join(parts)})", "or": lambda parts: f"({'|'.join(parts)})"}


@pytest.mark.parametrize(
    ("kind", "keys", "said"),
    [
        ("and", "ab", "(aeq&beq)"),
        ("and", "a!", "aeq"),
        ("or", "ab", "(aeq|beq)"),
        ("or", "a!", None),
        ("and", "!", None),
    ],
)
def test_what_cannot_be_said_makes_a_filter_wider_never_narrower(kind: Any, keys: str, said: str | None) -> None:
    parts: list[Any] = [{"type": "gt" if key == "!" else "eq", "key": key, "value": 1} for key in keys]
    rule: Compound = TypeAdapter(Filter).validate_python({"type": kind, "filters": parts})
    assert translate(rule, leaf, JOIN) == said


@pytest.mark.anyio
async def test_more_is_asked_for_until_enough_fit() -> None:
    everything = [Found(IndexedChunk(str(n), "d", n, "", {"n": n}), -n) for n in range(100)]
    sizes: list[int] = []

    async def ask(count: int) -> list[Found]:
        sizes.append(count)
        return everything[:count]

    found = await fitting(ask, 2, Comparison(type="gte", key="n", value=10))
    assert [each.chunk.chunk_id for each in found] == ["10", "11"]
    assert sizes == [2, 8, 32]
    assert await fitting(ask, 2, Comparison(type="gte", key="n", value=1000)) == []


def test_names_and_values_keep_apart_what_filters_keep_apart() -> None:
    assert tagged({"a": 1, "b": True, "c": "x"}) == {"n.a": 1.0, "b.b": True, "s.c": "x"}
    assert len({fact("a", value) for value in ("1", 1, True, "True", 1.5)} | {fact("b", 1)}) == 6
    assert fact("a", 1) == fact("a", 1.0)
    names = ["", "_", "a.b", "a_b", "a_2e_b", "é", "aé"]
    assert len({plain(name) for name in names}) == len(names)


def test_vectors_are_numbers_of_the_stores_dimension() -> None:
    assert rows(STORE, pack("<4f", 1, 2, 3, 4), 2) == [(1, 2), (3, 4)]
    assert packed((0.5, -1)) == pack("<2f", 0.5, -1)
    for wrong in (b"", pack("<3f", 1, 2, 3), pack("<2f", 1, float("nan"))):
        with pytest.raises(BadRequestError):
            rows(STORE, wrong, 1)


def test_another_store_of_that_name_is_a_conflict() -> None:
    check_same(STORE, StoreSpec("vs_1", 2))
    with pytest.raises(ConflictError, match="with dimension 3 and metric cosine, not 2 and cosine"):
        check_same(STORE, StoreSpec("vs_1", 3))
