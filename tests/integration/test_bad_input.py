"""Requests that are wrong: each is told where and how, in OpenAI's shape, and none is answered with a 5xx."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from llama_stack.apis import APIS
from llama_stack.apis.declare import Route, routes_of
from tests.support.serving import Served, served_in_thread

pytestmark = pytest.mark.anyio

CHAT = "/v1/chat/completions"
USER = {"role": "user", "content": "x"}
LIMIT = 50_000


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    config = {
        "version": 2,
        "providers": {
            "inference": [{"provider_id": "here", "provider_type": "inline::echo"}],
            "files": [{"provider_id": "files", "provider_type": "inline::localfs"}],
            "vector_io": [{"provider_id": "vectors", "provider_type": "inline::sqlite"}],
        },
        "server": {"max_body_bytes": LIMIT},
    }
    with served_in_thread(config) as running:
        yield running


@pytest.fixture
async def http(server: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url) as session:
        yield session


@pytest.fixture
async def known(http: aiohttp.ClientSession) -> dict[str, str]:
    """What there is to name in a path or in a field."""
    async with http.post("/v1/vector_stores", json={"embedding_model": "here/echo-embedding"}) as response:
        return {"vector_store_id": (await response.json())["id"]}


async def refusal(response: aiohttp.ClientResponse) -> dict[str, Any]:
    """The error of an answer, which is shaped as OpenAI's."""
    body = await response.read()
    assert 400 <= response.status < 500, body
    assert response.content_type == "application/json"
    said = json.loads(body)
    assert said.keys() == {"error"}
    error: dict[str, Any] = said["error"]
    assert {"message", "type", "param", "code"} <= error.keys()
    assert isinstance(error["message"], str)
    assert error["type"] == "invalid_request_error"
    assert response.headers["x-request-id"]
    return error


# ---- bodies


NO_JSON = {
    "nothing": b"",
    "half": b'{"model": "here/echo", "messages": [',
    "a comma": b'{"model": "here/echo",}',
    "single quotes": b"{'model': 'here/echo'}",
    "form": b"model=here/echo&messages=x",
    "utf-16": '{"model": "here/echo"}'.encode("utf-16"),
    "not utf-8": b'{"model": "here/echo", "messages": [{"role": "user", "content": "\xff"}]}',
    "not a number": b'{"model": "here/echo", "messages": [{"role": "user", "content": "x"}], "seed": NaN}',
    "half a pair": b'{"model": "\\ud800", "messages": [{"role": "user", "content": "x"}]}',
    "deep": b'{"model": "here/echo", "messages": ' + b"[" * 20_000,
}


@pytest.mark.parametrize("path", [CHAT, "/v1/completions", "/v1/embeddings", "/v1alpha/inference/rerank", "/v1/models"])
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_what_is_no_json_is_refused(http: aiohttp.ClientSession, path: str, body: bytes) -> None:
    async with http.post(path, data=body, headers={"content-type": "application/json"}) as response:
        assert response.status in (400, 404)  # a name that cannot be is not found
        await refusal(response)


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"7"])
@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings", "/v1/models"])
async def test_what_is_no_object_is_refused(http: aiohttp.ClientSession, path: str, body: bytes) -> None:
    async with http.post(path, data=body, headers={"content-type": "application/json"}) as response:
        assert response.status == 400
        await refusal(response)


WRONG: list[tuple[str, dict[str, Any], str]] = [
    (CHAT, {"messages": [USER]}, "model"),
    (CHAT, {"model": "here/echo"}, "messages"),
    (CHAT, {"model": "here/echo", "messages": []}, "messages"),
    (CHAT, {"model": "here/echo", "messages": None}, "messages"),
    (CHAT, {"model": "here/echo", "messages": "hello"}, "messages"),
    (CHAT, {"model": "", "messages": [USER]}, "model"),
    (CHAT, {"model": 7, "messages": [USER]}, "model"),
    (CHAT, {"model": None, "messages": [USER]}, "model"),
    (CHAT, {"model": "here/echo", "messages": [USER, {"content": "x"}]}, "messages[1].role"),
    (CHAT, {"model": "here/echo", "messages": [USER, {"role": "user", "content": 5}]}, "messages[1].content"),
    (CHAT, {"model": "here/echo", "messages": [{"role": "wizard", "content": "x"}]}, "messages[0]"),
    (CHAT, {"model": "here/echo", "messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
    (CHAT, {"model": "here/echo", "messages": [USER], "stream": "yes"}, "stream"),
    (CHAT, {"model": "here/echo", "messages": [USER], "temperature": "hot"}, "temperature"),
    (CHAT, {"model": "here/echo", "messages": [USER], "n": 0}, "n"),
    (CHAT, {"model": "here/echo", "messages": [USER], "tools": {"type": "function"}}, "tools"),
    (CHAT, {"model": "here/echo", "messages": [USER], "tools": [{"function": {}}]}, "tools[0].function.name"),
    (CHAT, {"model": "here/echo", "messages": [USER], "stream": True, "logit_bias": {"1": "x"}}, "logit_bias.1"),
    ("/v1/completions", {"model": "here/echo", "prompt": {"a": 1}}, "prompt"),
    ("/v1/embeddings", {"model": "here/echo-embedding"}, "input"),
    ("/v1/embeddings", {"model": "here/echo-embedding", "input": []}, "input"),
    ("/v1/embeddings", {"model": "here/echo-embedding", "input": ""}, "input"),
    ("/v1/embeddings", {"model": "here/echo-embedding", "input": ["x", {}]}, "input[1]"),
    ("/v1/embeddings", {"model": "here/echo-embedding", "input": "x", "encoding_format": "hex"}, "encoding_format"),
    ("/v1/embeddings", {"model": "here/echo-embedding", "input": "x", "dimensions": 0}, "dimensions"),
    ("/v1alpha/inference/rerank", {"model": "here/echo", "query": "x", "items": []}, "items"),
    ("/v1alpha/inference/rerank", {"model": "here/echo", "query": 3, "items": ["x"]}, "query"),
    ("/v1/models", {}, "model_id"),
    ("/v1/models", {"model_id": ""}, "model_id"),
    ("/v1/models", {"model_id": "x", "colour": "red"}, "colour"),
    ("/v1/models", {"model_id": "x", "model_type": "llama"}, "model_type"),
    ("/v1/vector_stores", {"expires_after": {"anchor": "created_at", "days": 1}}, "expires_after.anchor"),
    ("/v1/vector_stores", {"expires_after": {"anchor": "last_active_at", "days": 0}}, "expires_after.days"),
    ("/v1/vector_stores", {"chunking_strategy": {"type": "sliced"}}, "chunking_strategy"),
    ("/v1/vector-io/insert", {"vector_store_id": "x", "chunks": []}, "chunks"),
    ("/v1/vector-io/query", {"query": "x"}, "vector_store_id"),
]


@pytest.mark.parametrize(("path", "body", "param"), WRONG)
async def test_a_wrong_field_is_named(http: aiohttp.ClientSession, path: str, body: dict[str, Any], param: str) -> None:
    async with http.post(path, json=body) as response:
        assert response.status == 400
        error = await refusal(response)
        assert error["param"] == param
        assert param in error["message"]


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"embedding_model": "nobody/knows"}, "embedding_model"),
    ({"provider_id": "nowhere"}, "provider_id"),
]


@pytest.mark.parametrize(("body", "param"), UNKNOWN)
async def test_a_store_of_what_is_not_there_is_not_made(
    http: aiohttp.ClientSession, body: dict[str, Any], param: str
) -> None:
    async with http.post("/v1/vector_stores", json=body) as response:
        assert response.status == 404
        assert (await refusal(response))["param"] == param


VALUES = [None, True, -1, 10**30, 0.5, "", "x", [], [1], [[]], ["x", None], {}, {"a": {}}, [{}], {"type": "x"}]


def posts() -> list[Route]:
    return [route for api in APIS.values() for route in routes_of(api) if route.request is not None]


@pytest.mark.parametrize("route", posts(), ids=lambda route: route.name)
async def test_no_value_of_any_field_is_answered_with_a_5xx(
    http: aiohttp.ClientSession, known: dict[str, str], route: Route
) -> None:
    """Every field of every request, with every kind of value."""
    good = {"model": "here/echo", "messages": [USER], "prompt": "x", "input": "x", "query": "x", "items": ["x"]}
    good |= {"chunks": [{"content": "x"}], "file_ids": ["nothing"], **known}
    place = {**dict.fromkeys(route.path_params, "nothing"), **known}
    assert route.request is not None
    fields = route.request.model_fields
    base = {name: value for name, value in good.items() if name in fields}

    async def ask(body: dict[str, Any]) -> None:
        async with http.post(route.url(place), json=body) as response:
            await response.read()
            assert response.status < 500, body

    await asyncio.gather(*(ask({**base, name: value}) for name in fields for value in VALUES))


# ---- size


async def test_a_body_over_the_limit_is_refused_by_its_length(http: aiohttp.ClientSession) -> None:
    for path in (CHAT, "/v1/models"):
        async with http.post(path, data=b"x" * (LIMIT + 1)) as response:
            assert response.status == 413
            error = await refusal(response)
            assert error["code"] == "request_too_large"
            assert str(LIMIT) in error["message"]


@pytest.mark.parametrize("path", [CHAT, "/v1/models", f"{CHAT}/some-id"])
async def test_a_body_over_the_limit_is_refused_when_its_length_was_not_told(
    http: aiohttp.ClientSession, path: str
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b" " * (LIMIT // 5)

    async with http.post(path, data=pieces(), headers={"content-type": "application/json"}) as response:
        assert response.status == 413
        await refusal(response)


async def test_a_body_at_the_limit_is_accepted(http: aiohttp.ClientSession) -> None:
    body = json.dumps({"model": "here/echo", "messages": [USER]}).encode()
    async with http.post(CHAT, data=body + b" " * (LIMIT - len(body))) as response:
        assert response.status == 200


# ---- headers, paths, methods, queries


@pytest.mark.parametrize("value", ["{", "[]", "null", "sk-secret", '{"a": "sk-secret"', "{" * 3000])
@pytest.mark.parametrize("path", [CHAT, "/v1/models"])
async def test_bad_provider_data_is_refused_without_being_quoted(
    http: aiohttp.ClientSession, path: str, value: str
) -> None:
    headers = {"X-LlamaStack-Provider-Data": value}
    async with http.post(path, json={"model": "here/echo", "messages": [USER]}, headers=headers) as response:
        assert response.status == 400
        error = await refusal(response)
        assert error["param"] == "x-llamastack-provider-data"
        assert "sk-secret" not in error["message"]


async def test_an_unknown_path_gets_a_hint(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/chat/completion", json={}) as response:
        assert response.status == 404
        error = await refusal(response)
        assert "did you mean /v1/chat/completions?" in error["message"]
    async with http.get("/zzz") as response:
        assert response.status == 404
        assert "/v1/inspect/routes" in (await refusal(response))["message"]


@pytest.mark.parametrize(("method", "path"), [("PUT", CHAT), ("DELETE", "/v1/models"), ("GET", "/v1/embeddings")])
async def test_a_wrong_method_is_refused_with_the_right_ones(
    http: aiohttp.ClientSession, method: str, path: str
) -> None:
    async with http.request(method, path) as response:
        assert response.status == 405
        await refusal(response)
        assert response.headers["allow"]


QUERIES = [("limit=0", "limit"), ("limit=many", "limit"), ("limit=99999", "limit"), ("order=up", "order")]


@pytest.mark.parametrize(("query", "param"), QUERIES)
async def test_a_wrong_query_is_named(http: aiohttp.ClientSession, query: str, param: str) -> None:
    async with http.get(f"{CHAT}?{query}") as response:
        assert response.status == 400
        assert (await refusal(response))["param"] == param


@pytest.mark.parametrize("name", ["no-such", "x/y/z", "a b", "é%00", "%2e%2e/%2e%2e/etc/passwd", "?" * 50, "x" * 5000])
async def test_a_name_that_nobody_has_is_not_found(http: aiohttp.ClientSession, name: str) -> None:
    async with http.get(f"/v1/models/{name}") as response:
        assert response.status in (404, 200)
        if response.status == 404:
            await refusal(response)
    async with http.post(CHAT, json={"model": name, "messages": [USER]}) as response:
        assert response.status == 404
        assert (await refusal(response))["code"] == "model_not_found"


async def test_a_request_id_is_kept_and_a_bad_one_replaced(http: aiohttp.ClientSession) -> None:
    for given, kept in (("my-id.7:a", True), ("has space", False), ("x" * 200, False)):
        async with http.get("/v1/models", headers={"x-request-id": given}) as response:
            assert (response.headers["x-request-id"] == given) is kept
