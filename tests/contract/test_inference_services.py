"""Every service row answers as OpenAI would: whole, streamed, with tools, refusing, with the right key.

One stack serves them all, in front of a double that gives what real services gave (`samples/`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from llama_stack.providers.registry import specs
from llama_stack.providers.remote.inference.services import Service
from llama_stack.providers.spec import ProviderSpec
from tests.support.serving import Served, served_in_thread, until
from tests.support.upstream import Line, Request, Upstream, upstream

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parent / "samples"
TOKENS_FOR_KEYS = {"remote::vertexai", "remote::watsonx"}  # and other names for models: they have tests of their own
ROWS = [
    spec
    for spec in specs()["inference"].values()
    if isinstance(spec.facts, Service) and spec.provider_type not in TOKENS_FOR_KEYS
]
CHATTING = [spec for spec in ROWS if "chat" not in spec.facts.lacks]  # type: ignore[attr-defined]


DAWDLING: list[Line] = []  # calls whose answer the service is still at
KEY_HEADERS = {"authorization", "x-api-key", "api-key"}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"openai.{name}.json").read_text())


async def answers(line: Line, request: Request) -> None:
    """A service that knows the keys `key-…`, and answers with what OpenAI answered."""
    if request.method == "GET":
        await line.answer(200, model_list())
    elif any("key-" not in value for name, value in request.headers.items() if name in KEY_HEADERS):
        await line.answer(401, {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})
    elif request.path.endswith("/api/show"):
        await line.answer(200, {"capabilities": ["completion"]})
    elif request.path.endswith("/embeddings"):
        await line.answer(200, sample("embeddings")["body"])
    else:
        await chats(line, request.json)


async def chats(line: Line, asked: dict[str, Any]) -> None:
    kind = ".tools" if asked.get("tools") else ""
    if asked["messages"][0]["content"] == "refuse":
        await line.answer(400, sample("chat.stream-error")["body"])
    elif asked["messages"][0]["content"] == "dawdle":
        if asked.get("stream"):
            await line.begin()
            await line.event(sample("chat.stream")["chunks"][1])
        DAWDLING.append(line)
        await line.gone()
        DAWDLING.remove(line)
    elif asked.get("stream"):
        await line.begin()
        for chunk in sample(f"chat.stream{kind.replace('.', '-')}")["chunks"]:
            await line.event(chunk)
        await line.event(b"[DONE]")
        await line.end()
    else:
        await line.answer(200, sample(f"chat{kind}")["body"])


def model_list() -> dict[str, Any]:
    """Models under the names that any of the rows reads, with every prefix that one of them strips."""
    prefixes = {spec.facts.strip_prefix for spec in ROWS if isinstance(spec.facts, Service)}
    names = [f"{prefix}listed" for prefix in prefixes]
    ollama = {"models": [{"name": "listed"}]}
    databricks = {"endpoints": [{"name": "listed", "task": "llm/v1/chat", "state": {"ready": "READY"}}]}
    data = [{"id": name, "name": name, "object": "model"} for name in names]
    return {"object": "list", "data": data, "model_id": "listed", **ollama, **databricks}


@pytest.fixture(scope="module")
def service() -> Iterator[Upstream]:
    with upstream(answers) as running:
        running.listing = False
        yield running


@pytest.fixture(scope="module")
def server(service: Upstream) -> Iterator[Served]:
    """A stack with all rows, each with a key of its own, and a second entry of each with a wrong one."""
    entries = []
    for spec in ROWS:
        for suffix, key in (("", f"key-{name_of(spec)}"), ("-wrong", "nonsense")):
            config = {"base_url": service.url, "api_key": key}
            entries.append(
                {"provider_id": name_of(spec) + suffix, "provider_type": spec.provider_type, "config": config}
            )
    with served_in_thread({"version": 2, "providers": {"inference": entries}}) as running:
        yield running


@pytest.fixture
async def http(server: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


def name_of(spec: ProviderSpec) -> str:
    return spec.provider_type.removeprefix("remote::")


FIELDS = {name_of(spec): spec.facts.name.replace("-", "_") for spec in ROWS}  # type: ignore[attr-defined]


async def ask(http: aiohttp.ClientSession, provider: str, *, own_key: str = "", **fields: Any) -> tuple[int, bytes]:
    data = {f"{FIELDS.get(provider)}_api_key": own_key}
    headers = {"X-LlamaStack-Provider-Data": json.dumps(data)} if own_key else {}
    body = {"model": f"{provider}/m", "messages": [{"role": "user", "content": "x"}], **fields}
    async with http.post("/v1/chat/completions", json=body, headers=headers) as response:
        return response.status, await response.read()


def chunks_of(body: bytes) -> list[dict[str, Any]]:
    events = [event.removeprefix(b"data: ") for event in body.split(b"\n\n") if event]
    assert events[-1] == b"[DONE]"
    return [json.loads(event) for event in events[:-1]]


each_row = pytest.mark.parametrize("spec", ROWS, ids=name_of)
each_chat = pytest.mark.parametrize("spec", CHATTING, ids=name_of)
TOOLS = [{"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}]


@each_chat
async def test_it_chats_whole_and_in_a_stream(http: aiohttp.ClientSession, spec: ProviderSpec) -> None:
    status, body = await ask(http, name_of(spec))
    assert (status, json.loads(body)["choices"]) == (200, sample("chat")["body"]["choices"])
    status, body = await ask(http, name_of(spec), stream=True)
    text = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks_of(body))
    assert (status, text) == (200, "Humans live on Earth.")


@each_chat
async def test_it_calls_tools_whole_and_in_a_stream(http: aiohttp.ClientSession, spec: ProviderSpec) -> None:
    _, body = await ask(http, name_of(spec), tools=TOOLS)
    (choice,) = json.loads(body)["choices"]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"location": "San Francisco, CA"}
    _, body = await ask(http, name_of(spec), tools=TOOLS, stream=True)
    deltas = [chunk["choices"][0]["delta"].get("tool_calls") or [] for chunk in chunks_of(body)]
    pieces = [piece["function"] for delta in deltas for piece in delta]
    assert "".join(piece.get("name") or "" for piece in pieces) == "knowledge_search"
    assert json.loads("".join(piece.get("arguments") or "" for piece in pieces))


@each_chat
async def test_a_caller_who_leaves_ends_the_call(http: aiohttp.ClientSession, spec: ProviderSpec) -> None:
    dawdle = {"model": f"{name_of(spec)}/m", "messages": [{"role": "user", "content": "dawdle"}]}
    async with http.post("/v1/chat/completions", json={**dawdle, "stream": True}) as answer:
        assert b"Humans" in await answer.content.readany()
        answer.close()
        await until(lambda: not DAWDLING)
    whole = asyncio.ensure_future(http.post("/v1/chat/completions", json=dawdle))
    await until(lambda: DAWDLING)
    whole.cancel()
    await until(lambda: not DAWDLING)


@each_chat
async def test_a_refusal_keeps_its_status_and_names_the_service(
    http: aiohttp.ClientSession, spec: ProviderSpec
) -> None:
    for stream in (False, True):
        asked = {"messages": [{"role": "user", "content": "refuse"}], "stream": stream}
        status, body = await ask(http, name_of(spec), **asked)
        error = json.loads(body)["error"]
        assert (status, error["message"]) == (400, "Invalid service_tier argument")
        assert error["provider_id"] == name_of(spec)


@each_chat
async def test_the_key_goes_where_the_service_looks_for_it(
    http: aiohttp.ClientSession, spec: ProviderSpec, service: Upstream
) -> None:
    name, row = name_of(spec), spec.facts
    assert isinstance(row, Service)
    for own in ("", f"key-own-{name}"):
        await ask(http, name, own_key=own)
        sent = service.requests[-1].headers
        assert {header: sent.get(header) for header in row.key_headers} == {
            header: form.format(own or f"key-{name}") for header, form in row.key_headers.items()
        }
        assert row.headers.items() <= sent.items()
        assert service.requests[-1].json["model"] == "m"
    status, body = await ask(http, f"{name}-wrong")
    assert (status, json.loads(body)["error"]["code"]) == (401, "invalid_api_key")
    assert b"nonsense" not in body


@each_row
async def test_its_models_are_listed(http: aiohttp.ClientSession, spec: ProviderSpec) -> None:
    row = spec.facts
    assert isinstance(row, Service)
    async with http.get("/v1/models") as response:
        listed = {model["id"] for model in (await response.json())["data"]}
    assert (f"{name_of(spec)}/listed" in listed) is bool(row.models)


@each_row
async def test_it_embeds_or_says_that_it_cannot(http: aiohttp.ClientSession, spec: ProviderSpec) -> None:
    row = spec.facts
    assert isinstance(row, Service)
    async with http.post("/v1/embeddings", json={"model": f"{name_of(spec)}/m", "input": "x"}) as response:
        said = await response.json()
        if "embeddings" in row.lacks:
            assert (response.status, said["error"]["code"]) == (400, "unsupported")
            assert row.label in said["error"]["message"]
        else:
            assert said["data"] == sample("embeddings")["body"]["data"]
