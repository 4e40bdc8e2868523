"""Tools, and the RAG tool over the stack's vector stores, through every door of ours."""

import base64
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, NotFoundError
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from llama_stack.providers.inline.tool_runtime.rag.config import RagConfig
from llama_stack.providers.inline.tool_runtime.rag.fetch import fetch
from llama_stack.providers.utils.documents.tokens import count
from tests.support.doors import Door, RefusedError

pytestmark = pytest.mark.anyio

OURS = pytest.mark.parametrize("door", ["direct", "library-sync", "http", "http-sync"], indirect=True)
DOCUMENTS = [
    {"document_id": "llamas", "content": "Llamas eat grass in the Andes.", "metadata": {"topic": "animals"}},
    {
        "document_id": "bridges",
        "content": "Suspension bridges hang on cables of steel.",
        "metadata": {"topic": "roads"},
    },
]


async def filled(door: Door) -> str:
    store = await door("create_vector_store", name="memory")
    await door("insert_documents", vector_store_id=store.id, documents=DOCUMENTS)
    return str(store.id)


@OURS
async def test_documents_go_in_and_answers_come_out_with_citations(door: Door) -> None:
    store_id = await filled(door)
    result = await door("query_documents", content="What do llamas eat?", vector_store_ids=[store_id])
    text = "".join(part.text for part in result.content)
    assert "Llamas eat grass in the Andes." in text
    assert text.index("grass") < text.index("steel")
    first = result.metadata["citations"][0]
    assert (first["file_id"], first["vector_store_id"], first["index"]) == ("llamas", store_id, 1)
    assert first["chunk_id"]
    assert result.metadata["document_ids"][0] == "llamas"
    assert 0 < result.metadata["scores"][0] <= 1


@OURS
async def test_models_find_and_call_the_tools(door: Door) -> None:
    await door("register_tool_group", toolgroup_id="builtin::rag", provider_id="rag-runtime")
    tools = {tool.name: tool for tool in (await door("list_tools")).data}
    assert {"knowledge_search", "insert_into_memory"} <= tools.keys()
    assert tools["knowledge_search"].toolgroup_id == "builtin::rag"
    assert set(tools["knowledge_search"].input_schema["required"]) == {"query", "vector_store_ids"}
    store = await door("create_vector_store", name="memory")
    said = await door(
        "invoke_tool",
        tool_name="insert_into_memory",
        kwargs={"documents": DOCUMENTS, "vector_store_id": store.id},
    )
    assert "2 documents" in said.content
    found = await door(
        "invoke_tool", tool_name="knowledge_search", kwargs={"query": "cables", "vector_store_ids": [store.id]}
    )
    assert "hang on cables" in "".join(part.text for part in found.content)
    assert found.metadata["citations"][0]["file_id"] == "bridges"


@OURS
async def test_a_wrong_call_is_told(door: Door) -> None:
    await door("register_tool_group", toolgroup_id="builtin::rag", provider_id="rag-runtime")
    for name, kwargs, status, said in (
        ("knowledge_serch", {}, 404, "knowledge_search"),
        ("knowledge_search", {"query": "x"}, 400, "vector_store_ids"),
        ("knowledge_search", {"query": "x", "vector_store_ids": ["vs_no"]}, 404, "vs_no"),
        ("knowledge_search", {"query": "x", "vector_store_ids": ["a"], "colour": 1}, 400, "colour"),
    ):
        with pytest.raises(RefusedError) as refused:
            await door("invoke_tool", tool_name=name, kwargs=kwargs)
        assert refused.value.status == status
        assert said in refused.value.message


async def test_a_document_that_comes_again_takes_its_own_place(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    long = " ".join(f"Fact {n} of the old text." for n in range(400))
    for content in (long, "Only this is left."):
        document = {"document_id": "d", "content": content}
        await stack.rag_tool.insert_documents(vector_store_id=store.id, documents=[document], chunk_size_in_tokens=100)
    result = await stack.rag_tool.query_documents(
        content="fact", vector_store_ids=[store.id], query_config={"max_chunks": 50}
    )
    assert result.metadata["chunks"] == ["Only this is left."]


async def test_what_does_not_fit_the_budget_of_tokens_is_left_out_whole(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    documents = [{"document_id": str(n), "content": f"Llama number {n} " + "eats grass " * 20} for n in range(5)]
    await stack.rag_tool.insert_documents(vector_store_id=store.id, documents=documents)
    config = {"max_tokens_in_context": 150, "chunk_template": "{index}: {chunk.content}\n"}
    result = await stack.rag_tool.query_documents(content="llama", vector_store_ids=[store.id], query_config=config)
    assert 0 < len(result.metadata["chunks"]) < 5
    assert result.metadata["left_out"] == 5 - len(result.metadata["chunks"])
    assert count("".join(part.text for part in result.content)) <= result.metadata["tokens"] <= 150
    assert all(text.rstrip().endswith("eats grass") for text in result.metadata["chunks"])


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{index}", "{chunk.content} is missing"),
        ("{chunk.content} {chunk.__class__}", "{chunk.__class__} is unknown"),
        ("{chunk.content} {secret}", "{secret} is unknown"),
    ],
)
async def test_a_template_is_text_and_no_program(stack: LlamaStack, template: str, said: str) -> None:
    store = await stack.vector_stores.create_vector_store()
    with pytest.raises(BadRequestError, match=said.replace("{", r"\{")):
        await stack.rag_tool.query_documents(
            content="x", vector_store_ids=[store.id], query_config={"chunk_template": template}
        )


async def test_a_template_for_the_model_is_filled_plainly(config: dict[str, Any]) -> None:
    script = {"model": "writer", "turns": [{"say": "grass"}], "repeat": True}
    scripted = {"provider_id": "s", "provider_type": "inline::scripted", "config": script}
    providers = {**config["providers"], "inference": [*config["providers"]["inference"], scripted]}
    async with LlamaStack(resolve({**config, "providers": providers}, {})) as stack:
        store = await stack.vector_stores.create_vector_store()
        await stack.rag_tool.insert_documents(vector_store_id=store.id, documents=DOCUMENTS)
        generator = {"type": "llm", "model": "s/writer", "template": "{{ 7 * 7 }} Make a query of: {{ messages }}"}
        result = await stack.rag_tool.query_documents(
            content="Tell me about dinner",
            vector_store_ids=[store.id],
            query_config={"query_generator_config": generator, "mode": "keyword"},
        )
        assert result.metadata["document_ids"] == ["llamas"]


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Make a query.", "{{messages}} is missing"),
        ("{{ messages }} {{ config.key }}", "{{ config.key }} is unknown"),
        ("{% for m in messages %}{{messages}}{% endfor %}", "{% for m in messages %} is unknown"),
        ("{{messages}}" + "x" * 5000, "at most 4096 characters"),
    ],
)
async def test_a_template_for_the_model_has_one_placeholder(stack: LlamaStack, template: str, said: str) -> None:
    store = await stack.vector_stores.create_vector_store()
    generator = {"type": "llm", "model": "m", "template": template}
    with pytest.raises(BadRequestError) as refused:
        await stack.rag_tool.query_documents(
            content="x", vector_store_ids=[store.id], query_config={"query_generator_config": generator}
        )
    assert said in refused.value.message


async def test_a_ranker_without_two_lists_is_refused(stack: LlamaStack) -> None:
    config = {"mode": "vector", "ranker": {"type": "rrf"}}
    with pytest.raises(BadRequestError, match='two lists of mode "hybrid"'):
        await stack.rag_tool.query_documents(content="x", vector_store_ids=["vs"], query_config=config)


async def test_a_budget_into_which_nothing_fits_is_told(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    await stack.rag_tool.insert_documents(vector_store_id=store.id, documents=DOCUMENTS)
    config = {"max_tokens_in_context": 5}
    result = await stack.rag_tool.query_documents(content="llama", vector_store_ids=[store.id], query_config=config)
    assert [part.text for part in result.content or ()] == [
        'Nothing that fits into the context was found for "llama".\n'
    ]
    assert (result.metadata["citations"], result.metadata["left_out"]) == ([], 2)


# ---- documents by address


async def test_a_data_uri_is_a_document(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    page = base64.b64encode(
        b"<html><body><h1>Llamas</h1><p>They hum.</p><script>evil()</script></body></html>"
    ).decode()
    document = {"document_id": "page", "content": {"uri": f"data:text/html;base64,{page}"}}
    await stack.rag_tool.insert_documents(vector_store_id=store.id, documents=[document])
    result = await stack.rag_tool.query_documents(content="hum", vector_store_ids=[store.id])
    assert "They hum." in result.metadata["chunks"][0]
    assert "evil" not in result.metadata["chunks"][0]


async def test_nothing_is_fetched_unless_the_config_says_so(stack: LlamaStack) -> None:
    store = await stack.vector_stores.create_vector_store()
    document = {"document_id": "d", "content": {"uri": "https://example.com/"}}
    with pytest.raises(BadRequestError, match="set fetch_urls"):
        await stack.rag_tool.insert_documents(vector_store_id=store.id, documents=[document])


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:6379/",
        "http://localhost/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "file:///etc/passwd",
        "ftp://example.com/x",
        "http:///x",
    ],
)
async def test_a_private_address_is_never_fetched(uri: str) -> None:
    with pytest.raises(BadRequestError):
        await fetch(uri, RagConfig(fetch_urls=True, fetch_timeout_seconds=5))


# ---- groups


async def test_groups_of_the_config_are_there_and_stay(config: dict[str, Any]) -> None:
    store_ids = {"vector_store_ids": ["vs_given"]}
    groups = [{"toolgroup_id": "builtin::rag", "args": store_ids}]
    async with LlamaStack(resolve({**config, "registered_resources": {"tool_groups": groups}}, {})) as stack:
        group = await stack.tool_groups.get_tool_group("builtin::rag")
        assert (group.provider_id, group.args, group.source) == ("rag-runtime", store_ids, "config")
        assert (await stack.tool_groups.get_tool("builtin::rag/knowledge_search")).name == "knowledge_search"
        with pytest.raises(NotFoundError, match="vs_given"):  # the group's arguments go with every call
            await stack.tool_runtime.invoke_tool(tool_name="knowledge_search", kwargs={"query": "x"})


async def test_a_group_that_its_provider_does_not_know_is_refused(stack: LlamaStack) -> None:
    with pytest.raises(NotFoundError, match="one group of tools"):
        await stack.tool_groups.register_tool_group(toolgroup_id="mcp::github", provider_id="rag-runtime")
