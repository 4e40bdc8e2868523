"""The OpenAPI document: valid, whole, and where OpenAI has the same path, fit for OpenAI's callers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from openapi_spec_validator import validate
from ruamel.yaml import YAML

from llama_stack.apis import APIS
from llama_stack.apis.declare import Route, routes_of
from tests.support.serving import served

Schema = dict[str, Any]
OPENAI = Path(__file__).parents[3] / "shared" / "specs" / "openai.openapi.yaml"
ROUTES = [route for api in APIS.values() for route in routes_of(api)]


@pytest.fixture(scope="module")
def document() -> Schema:
    """The document, as the server gives it."""

    async def fetch() -> Schema:
        providers = {
            "inference": "inline::echo",
            "files": "inline::localfs",
            "file_processors": "inline::auto",
            "vector_io": "inline::sqlite",
            "tool_runtime": "inline::rag-runtime",
        }
        entries = {api: [{"provider_id": api, "provider_type": kind}] for api, kind in providers.items()}
        config = {"version": 2, "providers": entries}
        async with (
            served(config) as server,
            aiohttp.ClientSession(server.url) as http,
            http.get("/openapi.json") as response,
        ):
            return dict(await response.json())

    return asyncio.run(fetch())


def operation(document: Schema, route: Route) -> Schema:
    return dict(document["paths"][route.path.replace(":path}", "}")][route.verb.lower()])


def test_it_is_valid(document: Schema) -> None:
    validate(document)  # type: ignore[arg-type]


def test_every_reference_leads_somewhere(document: Schema) -> None:
    found = list(references(document))
    assert found
    assert [ref for ref in found if resolved(document, {"$ref": ref}) is None] == []


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.span_name)
def test_every_declared_route_is_in_it(document: Schema, route: Route) -> None:
    said = operation(document, route)
    assert said["operationId"] == route.name
    assert said["summary"]
    assert ("requestBody" in said) is (route.request is not None or bool(route.form))
    assert {p["name"] for p in said.get("parameters", ())} == route.params.keys() - {"request", *route.form}
    assert ("text/event-stream" in said["responses"]["200"].get("content", {})) is (route.event is not None)
    assert said["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")


def test_every_operation_has_a_name_of_its_own(document: Schema) -> None:
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(names) == len(set(names)) == len(ROUTES)


# ---- beside OpenAI's

SHARED = {
    "post_chat_completion": "/chat/completions",
    "list_chat_completions": "/chat/completions",
    "get_chat_completion": "/chat/completions/{completion_id}",
    "update_chat_completion": "/chat/completions/{completion_id}",
    "delete_chat_completion": "/chat/completions/{completion_id}",
    "list_chat_completion_messages": "/chat/completions/{completion_id}/messages",
    "post_completion": "/completions",
    "post_embeddings": "/embeddings",
    "list_models": "/models",
    "get_model": "/models/{model}",
    "unregister_model": "/models/{model}",
    "upload_file": "/files",
    "list_files": "/files",
    "get_file": "/files/{file_id}",
    "delete_file": "/files/{file_id}",
    "create_vector_store": "/vector_stores",
    "list_vector_stores": "/vector_stores",
    "get_vector_store": "/vector_stores/{vector_store_id}",
    "update_vector_store": "/vector_stores/{vector_store_id}",
    "delete_vector_store": "/vector_stores/{vector_store_id}",
    "search_vector_store": "/vector_stores/{vector_store_id}/search",
    "create_vector_store_file": "/vector_stores/{vector_store_id}/files",
    "list_vector_store_files": "/vector_stores/{vector_store_id}/files",
    "get_vector_store_file": "/vector_stores/{vector_store_id}/files/{file_id}",
    "update_vector_store_file": "/vector_stores/{vector_store_id}/files/{file_id}",
    "delete_vector_store_file": "/vector_stores/{vector_store_id}/files/{file_id}",
    "get_vector_store_file_content": "/vector_stores/{vector_store_id}/files/{file_id}/content",
    "create_vector_store_file_batch": "/vector_stores/{vector_store_id}/file_batches",
    "get_vector_store_file_batch": "/vector_stores/{vector_store_id}/file_batches/{batch_id}",
    "cancel_vector_store_file_batch": "/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel",
    "list_vector_store_file_batch_files": "/vector_stores/{vector_store_id}/file_batches/{batch_id}/files",
}
OF_OPENAI = pytest.mark.parametrize("route", [r for r in ROUTES if r.name in SHARED], ids=lambda route: route.name)


@pytest.fixture(scope="module")
def openai() -> Schema:
    if not OPENAI.exists():
        pytest.skip(f"OpenAI's document is not at {OPENAI}")
    return dict(YAML(typ="safe").load(OPENAI))


@OF_OPENAI
def test_a_request_that_openai_takes_is_taken(document: Schema, openai: Schema, route: Route) -> None:
    theirs, ours = their(openai, route), operation(document, route)
    assert queries(openai, theirs) <= queries(document, ours)
    if "requestBody" in theirs:
        (kind,) = theirs["requestBody"]["content"]
        known, required = body(document, ours["requestBody"], kind)
        their_names, their_required = body(openai, theirs["requestBody"], kind)
        assert required <= their_required
        assert their_required <= known
        # What is not named here reaches the service all the same; what OpenAI adds next should be named soon.
        assert len(their_names - known) <= 5


@OF_OPENAI
def test_an_answer_has_what_openais_callers_read(document: Schema, openai: Schema, route: Route) -> None:
    theirs, ours = their(openai, route)["responses"]["200"], operation(document, route)["responses"]["200"]
    for kind in theirs["content"]:
        known, _ = body(document, ours, kind)
        _, required = body(openai, theirs, kind)
        assert required <= known


def queries(document: Schema, operation: Schema) -> set[str]:
    parameters = (resolved(document, parameter) for parameter in operation.get("parameters", ()))
    return {parameter["name"] for parameter in parameters if parameter["in"] == "query"}


def their(openai: Schema, route: Route) -> Schema:
    return dict(openai["paths"][SHARED[route.name]][route.verb.lower()])


def body(document: Schema, part: Schema, kind: str = "application/json") -> tuple[set[str], set[str]]:
    """The properties of a body, and those of them that are required."""
    return flat(document, part["content"][kind]["schema"])


def flat(document: Schema, schema: Schema) -> tuple[set[str], set[str]]:
    schema = resolved(document, schema)
    names, required = set(schema.get("properties", ())), set(schema.get("required", ()))
    for part in schema.get("allOf", ()):
        more, needed = flat(document, part)
        names, required = names | more, required | needed
    return names, required


def resolved(document: Schema, node: Schema) -> Any:
    """What a node stands for; None when it leads nowhere."""
    while node is not None and "$ref" in node:
        place: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            place = place.get(part.replace("~1", "/")) if place else None
        node = place
    return node
