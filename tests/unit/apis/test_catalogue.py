"""The catalogue of APIs: ours, then those of other packages, of which the unusable ones are left out."""

from importlib.metadata import EntryPoint
from typing import Any, ClassVar, Protocol

import pytest
from pydantic import BaseModel

from llama_stack.apis import APIS, Inference, catalogue
from llama_stack.apis.catalogue import API_GROUP, Catalogue
from llama_stack.apis.declare import route
from llama_stack.apis.resource import Resource
from llama_stack.core.config import RunConfig
from llama_stack.core.library_client import AsyncLlamaStackAsLibraryClient, LlamaStackAsLibraryClient
from llama_stack.core.stack import LlamaStack


class Tide(Resource):
    kind: ClassVar = "tide"
    plural: ClassVar = "tides"
    served_by: ClassVar = "tides"


class Stars(Protocol):
    """The sky."""

    @route("GET", "/v1/stars")
    async def list_stars(self) -> None: ...


class Tides(Protocol):
    @route("GET", "/v1/tides/{name}", routed_by="name")
    async def tide(self, name: str) -> None: ...

    @route("GET", "/v1/tides")
    async def list_tides(self) -> BaseModel: ...


class Winds(Protocol):
    @route("GET", "/v1/winds/{name}", routed_by="name")
    async def wind(self, name: str) -> None: ...


class Impostor(Protocol):
    @route("POST", "/v1/openai/v1/completions")
    async def complete(self) -> None: ...


class Config(Protocol):
    @route("GET", "/v1/config")
    async def read(self) -> None: ...


class Puzzle(Protocol):
    @route("GET", "/v1/puzzle")
    async def solve(self) -> "Nowhere": ...  # type: ignore[name-defined]  # noqa: F821


@pytest.fixture
def catalogue_with(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Our APIs, and those of this module that are named."""

    def make(*names: str) -> Catalogue:
        points = [EntryPoint(name.lower(), f"{__name__}:{name}", API_GROUP) for name in names]
        monkeypatch.setattr(catalogue, "entry_points", lambda group: points)
        return Catalogue(APIS.own)

    return make


def test_an_api_is_called_after_its_protocol_and_comes_after_ours(catalogue_with: Any) -> None:
    apis = catalogue_with("Stars")
    assert list(apis) == [*APIS.own, "stars"]
    assert len(apis) == len(APIS.own) + 1
    assert apis["stars"] is Stars


def test_ours_are_found_without_a_look_at_other_packages(catalogue_with: Any) -> None:
    apis = catalogue_with("Stars")
    assert apis["inference"] is Inference
    assert "added" not in vars(apis)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("NotThere", "AttributeError: module"),
        ("API_GROUP", "it names no Protocol that has methods with @route"),
        ("Tide", "it names no Protocol that has methods with @route"),
        ("Impostor", "there is a POST /v1/openai/v1/completions already"),
        ("Config", "the name 'config' is taken; call the Protocol otherwise"),
        ("Puzzle", "its annotations cannot be read: name 'Nowhere' is not defined"),
        ("Winds", "wind is routed, and no subclass of Resource says served_by = 'winds'"),
        ("Tides", "its tides need a list_tides() that answers a model with the field `data`"),
    ],
)
def test_an_api_that_cannot_be_used_is_left_out_with_the_reason(
    catalogue_with: Any, caplog: pytest.LogCaptureFixture, name: str, problem: str
) -> None:
    assert list(catalogue_with(name, "Stars")) == [*APIS.own, "stars"]
    (told,) = caplog.messages
    assert told.startswith(f"a package is left out of {API_GROUP} ({name.lower()} = {__name__}:{name}): {problem}")


def test_no_api_can_take_the_place_of_what_a_stack_or_a_client_is_made_of() -> None:
    stack = LlamaStack(RunConfig(providers={}))
    classes = (LlamaStack, AsyncLlamaStackAsLibraryClient, LlamaStackAsLibraryClient)
    parts = {name for owner in (stack, *classes) for name in dir(owner) if not name.startswith("_")}
    assert parts | {"stack"} <= catalogue._RESERVED
