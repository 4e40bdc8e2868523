"""Any declared method may take a file, or may not, beside fields of any type."""

from collections.abc import AsyncIterator
from typing import Any, Literal, Protocol

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from llama_stack.apis.declare import route, routes_of
from llama_stack.apis.transfer import Download, Intake, Upload
from llama_stack.core.face import face
from llama_stack.core.server.front import Front
from llama_stack.core.server.in_process import async_http_client
from llama_stack.core.server.openapi import add_openapi
from llama_stack.core.server.routes import add_error_handlers, add_route
from llama_stack.core.server.uploads import UploadPaths

pytestmark = pytest.mark.anyio


class Cut(BaseModel):
    size: int = 10
    kind: Literal["static", "auto"] = "auto"


class Answer(BaseModel):
    said: dict[str, Any]


class Papers(Protocol):
    """Papers."""

    @route("POST", "/v1/shelves/{shelf:path}/papers")
    async def add(
        self,
        shelf: str,
        file: Upload | None = None,
        file_id: str | None = None,
        count: int = 1,
        loud: bool = False,
        cut: Cut | None = None,
        options: dict[str, Any] | None = None,
    ) -> Answer:
        """Add a paper."""
        ...

    @route("GET", "/v1/papers")
    async def read(self, broken: bool = False) -> Download:
        """Read it."""
        ...


class Shelf:
    """Says what it was called with."""

    intake = Intake(max_bytes=10, limit="so the test says")

    async def add(self, shelf: str, file: Upload | None = None, **fields: Any) -> Answer:
        content = None if file is None else (await file.read()).decode()
        return Answer(said={"shelf": shelf, "file": content, **fields})

    async def read(self, broken: bool = False) -> Download:
        async def part(start: int, stop: int) -> AsyncIterator[bytes]:
            if broken:
                raise ZeroDivisionError
            yield b"paper"[start:stop]

        return Download(part, 5)


@pytest.fixture
async def http() -> AsyncIterator[Any]:
    app, shelf, routes = FastAPI(), Shelf(), routes_of(Papers)
    add_error_handlers(app)
    for each in routes:
        add_route(app, each, getattr(shelf, each.name), max_upload_bytes=1000)
    async with async_http_client(Front(app, {}, max_body_bytes=100, uploads=UploadPaths(routes))) as client:
        yield client


async def add(http: Any, data: dict[str, str], **files: tuple[str, bytes]) -> dict[str, Any]:
    parts = {name: (None, text) for name, text in data.items()} | files
    answer = await http.post("/v1/shelves/a/b/papers", files=parts)
    return answer.json()["said"] if answer.status_code == 200 else answer.json()["error"]  # type: ignore[no-any-return]


async def test_fields_have_the_types_that_are_declared(http: Any) -> None:
    texts = {"count": "3", "loud": "true", "cut[size]": "5", "cut[kind]": "static", "options": '{"a": [1, null]}'}
    assert await add(http, texts, file=("a", b"hello")) == {
        "shelf": "a/b",
        "file": "hello",
        "count": 3,
        "loud": True,
        "cut": {"size": 5, "kind": "static"},
        "options": {"a": [1, None]},
    }


async def test_a_file_may_be_left_out_where_that_is_declared(http: Any) -> None:
    assert await add(http, {"file_id": "[1] {2}"}) == {"shelf": "a/b", "file": None, "file_id": "[1] {2}"}


@pytest.mark.parametrize(
    ("texts", "param"),
    [
        ({"count": "many"}, "count"),
        ({"cut[size]": "x"}, "cut.size"),
        ({"cut": "{"}, "cut"),
        ({"cut": "{}", "cut[size]": "1"}, "cut"),
        ({"count[x]": "1"}, "count"),
        ({"[x]": "1"}, None),
        ({"shelf": "another"}, "shelf"),
    ],
)
async def test_a_field_that_is_wrong_is_named(http: Any, texts: dict[str, str], param: str | None) -> None:
    assert (await add(http, texts))["param"] == param


async def test_the_implementations_limit_is_told_under_its_name(http: Any) -> None:
    refused = await add(http, {}, file=("a", b"x" * 11))
    assert refused["message"] == "the file is larger than 10 bytes (so the test says)"


async def test_a_fault_of_ours_is_told_as_such(http: Any) -> None:
    answer = await http.get("/v1/papers", params={"broken": "true"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")


async def test_python_callers_give_the_same(tmp_path: Any) -> None:
    papers = face(Papers, Shelf())
    (tmp_path / "a").write_bytes(b"hello")
    answer = await papers.add("shelf", file=tmp_path / "a", cut={"size": 5}, count="3")
    assert answer.said == {"shelf": "shelf", "file": "hello", "cut": Cut(size=5), "count": 3}


def test_the_document_shows_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    from llama_stack.core.server import openapi

    app = FastAPI()
    for each in routes_of(Papers):
        add_route(app, each, getattr(Shelf(), each.name), max_upload_bytes=1000)
    monkeypatch.setattr(openapi, "APIS", {"papers": Papers})
    add_openapi(app, ["papers"])
    operation = app.openapi()["paths"]["/v1/shelves/{shelf}/papers"]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["shelf"]
    assert list(form["properties"]) == ["file", "file_id", "count", "loud", "cut", "options"]
    assert form["properties"]["file"] == {"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]}
    assert form["required"] == []
    answers = app.openapi()["paths"]["/v1/papers"]["get"]["responses"]
    assert answers["206"]["content"]["application/octet-stream"]["schema"] == {"type": "string", "format": "binary"}
