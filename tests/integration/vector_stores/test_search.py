"""What a search finds, in which order, and what it says when it cannot."""

import asyncio
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, NotFoundError, StackError
from llama_stack.apis.vector_io.types import VectorStore
from llama_stack.core.request_context import RequestContext, current
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve

pytestmark = pytest.mark.anyio

TEXTS = {
    "llama": "Llamas eat grass in the mountains of Peru.",
    "alpaca": "Alpacas give soft wool, and live in herds.",
    "bridge": "A bridge of steel crosses the river Forth.",
    "code": "The error E4711 means that the disk is full.",
}


async def filled(stack: LlamaStack, **fields: Any) -> VectorStore:
    store = await stack.vector_stores.create_vector_store(**fields)
    chunks = [
        {"content": text, "chunk_id": name, "metadata": {"document_id": name, "length": len(text), "first": name[0]}}
        for name, text in TEXTS.items()
    ]
    await stack.vector_io.insert_chunks(vector_store_id=store.id, chunks=chunks)
    return store


async def found(stack: LlamaStack, store: VectorStore, query: str | list[str], **fields: Any) -> list[str]:
    answer = await stack.vector_stores.search_vector_store(store.id, query=query, **fields)
    assert [each.score for each in answer.data] == sorted((each.score for each in answer.data), reverse=True)
    assert all(0 <= each.score <= 1 for each in answer.data)
    return [each.file_id for each in answer.data]


async def test_meaning_words_and_both(stack: LlamaStack) -> None:
    store = await filled(stack)
    assert (await found(stack, store, "food of animals in South America"))[0] == "llama"
    assert await found(stack, store, "E4711", search_mode="keyword") == ["code"]
    assert (await found(stack, store, "E4711", search_mode="hybrid"))[0] == "code"


async def test_rankers_of_a_hybrid_search(stack: LlamaStack) -> None:
    store = await filled(stack)
    for options in (
        {"ranker": "rrf"},
        {"ranker": "rrf", "impact_factor": 1.0},
        {"ranker": "weighted", "alpha": 0.1},
        {"ranker": "weighted", "weights": {"vector": 0.2, "keyword": 0.8}},
        {"ranker": "auto"},
    ):
        names = await found(stack, store, "bridge Forth", search_mode="hybrid", ranking_options=options)
        assert names[0] == "bridge", options
    assert await found(stack, store, "zzz", search_mode="keyword") == []


async def test_several_queries_find_what_each_finds(stack: LlamaStack) -> None:
    store = await filled(stack)
    both = await found(stack, store, ["wool", "E4711"], search_mode="keyword")
    assert set(both) == {"alpaca", "code"}


async def test_limits_thresholds_and_filters(stack: LlamaStack) -> None:
    store = await filled(stack)
    assert len(await found(stack, store, "animals", max_num_results=2)) == 2
    assert await found(stack, store, "animals", ranking_options={"score_threshold": 1}) == []
    rule = {
        "type": "or",
        "filters": [{"type": "eq", "key": "first", "value": "c"}, {"type": "lt", "key": "length", "value": 42}],
    }
    assert set(await found(stack, store, "x", filters=rule)) == {
        n for n, t in TEXTS.items() if n[0] == "c" or len(t) < 42
    }


@pytest.mark.parametrize("metric", ["cosine", "dot", "l2"])
async def test_every_metric_finds_the_nearest_of_unnormalised_vectors(stack: LlamaStack, metric: str) -> None:
    store = await stack.vector_stores.create_vector_store(metric=metric, embedding_dimension=256)
    llama = (await stack.inference.post_embeddings(model=store.embedding_model, input="llama")).data[0].embedding
    away = [-number for number in llama]
    vectors = {"same": llama, "far": [number * 6 for number in away], "long": [number * 5 for number in llama]}
    chunks = [
        {"content": name, "chunk_id": name, "metadata": {"document_id": name}, "embedding": v}
        for name, v in vectors.items()
    ]
    await stack.vector_io.insert_chunks(vector_store_id=store.id, chunks=chunks)
    first = {"cosine": {"same", "long"}, "dot": {"long"}, "l2": {"same"}}[metric]
    assert (await found(stack, store, "llama"))[0] in first
    assert (await found(stack, store, "llama"))[-1] == "far"


async def test_chunks_come_back_with_their_vectors_and_metadata(stack: LlamaStack) -> None:
    store = await filled(stack)
    answer = await stack.vector_io.query_chunks(
        vector_store_id=store.id, query="E4711", params={"mode": "keyword", "max_chunks": 1}
    )
    (chunk,) = answer.chunks
    assert (chunk.chunk_id, chunk.content) == ("code", TEXTS["code"])
    assert (len(chunk.embedding), chunk.embedding_dimension) == (256, 256)
    assert chunk.metadata["document_id"] == "code"
    assert len(answer.scores) == 1


async def test_a_chunk_that_is_inserted_again_takes_its_own_place(stack: LlamaStack) -> None:
    store = await filled(stack)
    await stack.vector_io.insert_chunks(
        vector_store_id=store.id, chunks=[{"content": "nothing of the kind", "chunk_id": "code"}]
    )
    assert await found(stack, store, "E4711", search_mode="keyword") == []


async def test_chunks_with_a_time_to_live_are_found_until_then(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    for name, ttl in (("short", 1), ("long", 600)):
        chunk = {"content": f"{name} lived", "chunk_id": name, "metadata": {"document_id": name}}
        await stack.vector_io.insert_chunks(vector_store_id=store.id, chunks=[chunk], ttl_seconds=ttl)
    assert set(await found(stack, store, "lived")) == {"short", "long"}
    await asyncio.sleep(2.1)
    assert await found(stack, store, "lived") == ["long"]


# ---- what cannot be


async def test_a_vector_of_another_length_is_refused(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    with pytest.raises(BadRequestError, match=r"has 3 numbers; those of the store .* have 256"):
        await stack.vector_io.insert_chunks(
            vector_store_id=store.id, chunks=[{"content": "x", "embedding": [1.0, 2.0, 3.0]}]
        )


async def test_a_store_whose_model_makes_other_vectors_is_told_not_silently_empty(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store(embedding_dimension=100)
    with pytest.raises(BadRequestError, match="100"):
        await stack.vector_io.insert_chunks(vector_store_id=store.id, chunks=[{"content": "x"}])
    with pytest.raises(BadRequestError, match="100"):
        await stack.vector_stores.search_vector_store(store.id, query="x")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"ranking_options": {"ranker": "best"}}, "auto, none, rrf, weighted, neural"),
        ({"ranking_options": {"ranker": "neural"}}, "reranker_model"),
        ({"rewrite_query": True}, "rewrite_query_params.model"),
        ({"search_mode": "psychic"}, "search_mode"),
        ({"filters": {"type": "like", "key": "a", "value": "b"}}, "filters"),
        ({"max_num_results": 51}, "max_num_results"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_mistake_in_a_search_is_told(stack: LlamaStack, fields: dict[str, Any], said: str) -> None:
    store = await stack.vector_stores.create_vector_store()
    with pytest.raises(BadRequestError, match=said):
        await stack.vector_stores.search_vector_store(store.id, query="x", **fields)


# ---- models that help


async def test_a_query_is_rewritten_by_the_model_of_the_config(config: dict[str, Any]) -> None:
    script = {"model": "writer", "turns": [{"say": "E4711"}], "repeat": True}
    inference = [
        *config["providers"]["inference"],
        {"provider_id": "s", "provider_type": "inline::scripted", "config": script},
    ]
    asked = {
        **config,
        "providers": {**config["providers"], "inference": inference},
        "vector_stores": {"rewrite_query_params": {"model": {"model_id": "s/writer"}}},
    }
    async with LlamaStack(resolve(asked, {})) as stack:
        store = await filled(stack)
        answer = await stack.vector_stores.search_vector_store(
            store.id, query="what was that error, please?", rewrite_query=True, search_mode="keyword"
        )
    assert answer.search_query == ["E4711"]
    assert [each.file_id for each in answer.data] == ["code"]


async def test_a_rerank_model_reads_the_candidates_again(stack: LlamaStack) -> None:
    store = await filled(stack)
    options = {"ranker": "neural", "model": "echo/echo"}
    try:
        names = await found(stack, store, "E4711 disk", ranking_options=options)
    except StackError as error:
        pytest.fail(f"echo reranks by the words it shares with a query: {error}")
    assert names[0] == "code"


# ---- whose it is


async def test_nobody_else_sees_a_store(stack: LlamaStack) -> None:
    token = current.set(RequestContext(tenant="acme", user="ann"))
    try:
        store = await filled(stack)
        for tenant, user in (("acme", "bob"), ("other", "ann"), ("", "")):
            current.set(RequestContext(tenant=tenant, user=user))
            for call in (
                stack.vector_stores.get_vector_store(store.id),
                stack.vector_stores.search_vector_store(store.id, query="llama"),
                stack.vector_stores.update_vector_store(store.id, name="mine"),
                stack.vector_stores.list_vector_store_files(store.id),
                stack.vector_io.query_chunks(vector_store_id=store.id, query="llama"),
                stack.vector_io.insert_chunks(vector_store_id=store.id, chunks=[{"content": "x"}]),
                stack.vector_stores.delete_vector_store(store.id),
            ):
                with pytest.raises(NotFoundError):
                    await call
            assert (await stack.vector_stores.list_vector_stores()).data == []
        current.set(RequestContext(tenant="acme", user="ann"))
        assert (await stack.vector_stores.get_vector_store(store.id)).name is None
    finally:
        current.reset(token)


# ---- pages and expiry


async def test_pages_in_both_orders_and_directions(stack: LlamaStack) -> None:
    ids = [(await stack.vector_stores.create_vector_store(name=str(n), embedding_dimension=256)).id for n in range(5)]
    listing = stack.vector_stores.list_vector_stores

    async def page(**fields: Any) -> tuple[list[int], bool]:
        answer = await listing(**fields)
        assert (answer.first_id, answer.last_id) == (
            (answer.data[0].id, answer.data[-1].id) if answer.data else (None, None)
        )
        return [ids.index(each.id) for each in answer.data], answer.has_more

    assert await page(limit=2) == ([4, 3], True)
    assert await page(limit=2, after=ids[3]) == ([2, 1], True)
    assert await page(limit=2, after=ids[1]) == ([0], False)
    assert await page(limit=2, before=ids[1]) == ([3, 2], True)
    assert await page(limit=9, order="asc") == ([0, 1, 2, 3, 4], False)
    assert await page(limit=2, order="asc", before=ids[3]) == ([1, 2], True)
    assert await page(after=ids[4], before=ids[1]) == ([3, 2], False)
    with pytest.raises(NotFoundError, match="after"):
        await listing(after="vs_nothing")


async def test_an_expired_store_is_shown_and_of_no_other_use(stack: LlamaStack) -> None:
    store = await filled(stack, expires_after={"anchor": "last_active_at", "days": 1})
    assert store.expires_at == (store.last_active_at or 0) + 86_400
    assert stack.upkeep is not None
    await stack.upkeep._stores.change(store.id, last_active_at=1)
    assert (await stack.vector_stores.get_vector_store(store.id)).status == "expired"
    for call in (
        stack.vector_stores.search_vector_store(store.id, query="x"),
        stack.vector_io.insert_chunks(vector_store_id=store.id, chunks=[{"content": "x"}]),
        stack.vector_stores.create_vector_store_file(store.id, file_id="file-x"),
        stack.vector_stores.update_vector_store(store.id, expires_after=None),
    ):
        with pytest.raises(BadRequestError, match="has expired: make another"):
            await call
    await stack.upkeep.sweep()
    assert not await stack.upkeep.drift()
    assert (await stack.vector_stores.delete_vector_store(store.id)).deleted


# ---- the run config


async def test_stores_of_the_config_are_there_under_their_names(config: dict[str, Any]) -> None:
    declared = {"vector_stores": [{"vector_store_id": "the docs", "vector_store_name": "Docs", "metric": "dot"}]}
    async with LlamaStack(resolve({**config, "registered_resources": declared}, {})) as stack:
        async with asyncio.timeout(10):
            while not (listed := (await stack.vector_stores.list_vector_stores()).data):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        (store,) = listed
        assert (store.id, store.name, store.metric, store.embedding_dimension) == ("the docs", "Docs", "dot", 256)
        await stack.vector_io.insert_chunks(vector_store_id="the docs", chunks=[{"content": "x", "chunk_id": "x"}])
        assert stack.upkeep is not None
        await stack.upkeep._declare()
        assert len((await stack.vector_stores.list_vector_stores()).data) == 1


async def test_extensions_may_stand_in_the_metadata(stack: LlamaStack) -> None:
    wanted = {"embedding_model": "echo/echo-embedding", "metric": "l2", "team": "a"}
    store = await stack.vector_stores.create_vector_store(name="x", metadata=wanted)
    assert (store.embedding_model, store.metric, store.metadata) == ("echo/echo-embedding", "l2", wanted)
