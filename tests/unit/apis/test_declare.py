"""What is derived from a declared method."""

import inspect
from collections.abc import AsyncIterator
from typing import Any, Protocol

import pytest
from pydantic import BaseModel, Field

from llama_stack.apis.declare import Route, api_name, route, routes_of
from llama_stack.apis.errors import BadRequestError


class Wish(BaseModel):
    model: str
    size: int = Field(default=1, ge=1)


class Thing(BaseModel):
    id: str


class Reading(Protocol):
    @route("GET", "/v1/things/{thing_id:path}", aliases=("/old/{thing_id:path}",))
    async def get_thing(self, thing_id: str, version: int = 1) -> Thing:
        """Read a thing.

        More about it.
        """
        ...

    @route("GET", "/v1/parts/{a}/{b}", public=True)
    async def get_part(self, a: str, b: str) -> Thing | None: ...

    def helper(self) -> None: ...


class ThingMaking(Reading, Protocol):
    @route("POST", "/v1/things", routed_by="request.model")
    async def make(self, request: Wish) -> Thing | AsyncIterator[Wish]: ...

    @route("PUT", "/v1/things/{thing_id}")
    async def change(self, thing_id: str, request: Wish) -> Thing: ...

    @route("DELETE", "/v1/things/{thing_id}")
    async def forget(self, thing_id: str) -> None: ...


ROUTES: dict[str, Route] = {r.name: r for r in routes_of(ThingMaking)}


def test_an_api_has_the_routes_of_the_protocols_it_is_made_of_in_their_order() -> None:
    assert list(ROUTES) == ["get_thing", "get_part", "make", "change", "forget"]
    assert {r.api for r in ROUTES.values()} == {"thing_making"}
    assert [r.name for r in routes_of(Reading)] == ["get_thing", "get_part"]


def test_a_method_declared_again_replaces_the_inherited_one() -> None:
    class Newer(Reading, Protocol):
        @route("GET", "/v2/things/{thing_id}")
        async def get_thing(self, thing_id: str) -> Thing: ...  # type: ignore[override]

    newer = {r.name: r for r in routes_of(Newer)}
    assert newer["get_thing"].path == "/v2/things/{thing_id}"
    assert list(newer["get_thing"].params) == ["thing_id"]


def test_an_apis_name_is_its_class_in_small_letters() -> None:
    names = {"VectorIO": "vector_io", "Inference": "inference", "ToolRuntime": "tool_runtime"}
    assert {name: api_name(type(name, (), {})) for name in names} == names


def test_a_route_knows_its_types() -> None:
    make, part, forget = ROUTES["make"], ROUTES["get_part"], ROUTES["forget"]
    assert (make.request, make.result, make.event) == (Wish, Thing, Wish)
    assert (part.request, part.result, part.event) == (None, Thing, None)
    assert (forget.result, forget.event) == (None, None)


def test_a_route_knows_its_names() -> None:
    get = ROUTES["get_thing"]
    assert get.path_params == ("thing_id",)
    assert ROUTES["get_part"].path_params == ("a", "b")
    assert get.span_name == "thing_making.get_thing"
    assert get.summary == "Read a thing."
    assert get.doc == "Read a thing.\n\nMore about it."
    assert (get.aliases, get.public, ROUTES["get_part"].public) == (("/old/{thing_id:path}",), False, True)


def test_the_action_is_what_the_call_does_to_the_resource() -> None:
    actions = {name: r.action for name, r in ROUTES.items()}
    assert actions == {
        "get_thing": "read",
        "get_part": "read",
        "make": "read",  # using a model reads it
        "change": "update",
        "forget": "delete",
    }


@pytest.mark.parametrize(
    ("thing_id", "url"),
    [
        ("plain", "/v1/things/plain"),
        ("meta/llama 3", "/v1/things/meta/llama%203"),
        ("a?b#c%d", "/v1/things/a%3Fb%23c%25d"),
        ("größe:7b", "/v1/things/gr%C3%B6%C3%9Fe%3A7b"),
    ],
)
def test_a_path_parameter_is_quoted_and_may_hold_slashes_where_declared(thing_id: str, url: str) -> None:
    assert ROUTES["get_thing"].url({"thing_id": thing_id}) == url


def test_elsewhere_a_slash_is_quoted() -> None:
    assert ROUTES["get_part"].url({"a": "x/y", "b": 7}) == "/v1/parts/x%2Fy/7"


# ---- arguments


def arguments(name: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return ROUTES[name].arguments(args, kwargs)


def test_arguments_may_be_given_by_place_or_by_name() -> None:
    assert arguments("get_thing", "t") == arguments("get_thing", thing_id="t") == {"thing_id": "t"}
    assert arguments("get_thing", "t", 2) == arguments("get_thing", "t", version=2) == {"thing_id": "t", "version": 2}


def test_keywords_that_are_no_parameters_make_up_the_request() -> None:
    wish = Wish(model="m", size=2)
    assert arguments("make", wish) == arguments("make", request=wish) == arguments("make", model="m", size=2)
    assert arguments("make", {"model": "m", "size": 2}) == {"request": wish}
    changed = arguments("change", "t", model="m")
    assert changed == {"thing_id": "t", "request": Wish(model="m")}
    assert changed == arguments("change", model="m", thing_id="t")


WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], str, str | None]] = [
    ("get_thing", (), {}, "get_thing() needs thing_id", "thing_id"),
    ("get_part", ("a",), {}, "get_part() needs b", "b"),
    ("get_thing", ("t", 1, 2), {}, "get_thing() takes thing_id, version; got 3 positional arguments", None),
    ("get_thing", ("t",), {"colour": "red"}, "get_thing() takes thing_id, version; got colour", None),
    ("get_thing", ("t",), {"thing_id": "u"}, "get_thing() got thing_id twice", "thing_id"),
    ("make", (Wish(model="m"),), {"size": 3}, "make() takes request; got size", None),
    ("make", ("m",), {}, "Input should be a valid dictionary or instance of Wish", None),
    ("make", (), {"size": 3}, "model: Field required", "model"),
    ("make", (), {"model": "m", "size": 0}, "size: Input should be greater than or equal to 1", "size"),
]


@pytest.mark.parametrize(("name", "args", "kwargs", "message", "param"), WRONG, ids=[row[3] for row in WRONG])
def test_wrong_arguments_are_told(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any], message: str, param: str | None
) -> None:
    with pytest.raises(BadRequestError) as caught:
        arguments(name, *args, **kwargs)
    assert (caught.value.message, caught.value.param) == (message, param)


def test_the_declaration_leaves_the_method_as_it_is() -> None:
    assert inspect.iscoroutinefunction(Reading.get_thing)
