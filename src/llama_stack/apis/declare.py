"""How an API is declared: a Protocol whose methods carry their route.

`@route` is the only declaration. The server, its OpenAPI document, the routers, the HTTP client, the
command line and the docs all read `routes_of(api)`.
"""

import inspect
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter, ValidationError

from .errors import BadRequestError
from .transfer import Download, Upload
from .wire import explain

__all__ = ("Action", "Route", "api_name", "route", "routes_of")

Action = Literal["create", "read", "update", "delete"]
Method = TypeVar("Method", bound=Callable[..., Any])

_PATH_PARAM = re.compile(r"\{(?P<name>\w+)(?P<slashes>:path)?\}")


@dataclass(frozen=True)
class Route:
    """Everything that server, clients, routers and docs know about one method of an API."""

    api: str  # "inference"
    name: str  # "post_chat_completion"
    verb: str
    path: str  # "/v1/models/{model_id:path}"
    aliases: tuple[str, ...]  # older paths that answer alike
    routed_by: str | None  # the request field, or the parameter, that names the resource to route by
    public: bool  # answers without authentication
    doc: str
    params: Mapping[str, inspect.Parameter]
    hints: Mapping[str, Any]

    @cached_property
    def request(self) -> type[BaseModel] | None:
        """The model of the request body; its parameter is always called `request`."""
        return self.hints.get("request")

    @cached_property
    def result(self) -> Any:
        """What a plain call returns; None when the method returns nothing."""
        plain = [hint for hint in self._returns if get_origin(hint) is not AsyncIterator]
        return plain[0] if plain else None

    @cached_property
    def event(self) -> Any:
        """What each streamed event is; None when the method never streams."""
        return next((get_args(hint)[0] for hint in self._returns if get_origin(hint) is AsyncIterator), None)

    @cached_property
    def upload(self) -> str | None:
        """The parameter that takes a file; the request is a form then."""
        return next((name for name, hint in self.hints.items() if Upload in (hint, *get_args(hint))), None)

    @cached_property
    def form(self) -> tuple[str, ...]:
        """The fields of the form: the file, and every parameter that is not in the path."""
        return tuple(n for n in self.params if n not in self.path_params) if self.upload else ()

    @property
    def downloads(self) -> bool:
        """Whether it answers bytes."""
        return self.result is Download

    @cached_property
    def path_params(self) -> tuple[str, ...]:
        return tuple(match["name"] for match in _PATH_PARAM.finditer(self.path))

    @property
    def span_name(self) -> str:
        """The name of the trace span around a call: `inference.post_chat_completion`."""
        return f"{self.api}.{self.name}"

    @property
    def action(self) -> Action:
        """What the call does to the resource, in the words of the access policy."""
        if self.routed_by:
            return "read"  # using a model reads it
        return _ACTIONS[self.verb]

    @property
    def summary(self) -> str:
        return self.doc.partition("\n")[0]

    def url(self, arguments: Mapping[str, Any]) -> str:
        """The path with its parameters filled in."""

        def fill(match: re.Match[str]) -> str:
            return quote(str(arguments[match["name"]]), safe="/" if match["slashes"] else "")

        return _PATH_PARAM.sub(fill, self.path)

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """A call's arguments by name; keywords that are no parameters make up the request.

        So `post_chat_completion(model="m", messages=[…])` and `post_chat_completion(request)` are the same.
        """
        placed = dict(zip(self.params, args, strict=False))
        for name in placed.keys() & kwargs:
            raise BadRequestError(f"{self.name}() got {name} twice", param=name)
        bound = placed | {name: value for name, value in kwargs.items() if name in self.params}
        fields = {name: value for name, value in kwargs.items() if name not in self.params}
        if self.request is not None and "request" not in bound:
            bound["request"], fields = fields, {}
        self._check(args, bound, fields)
        if self.request is not None and not isinstance(bound["request"], self.request):
            bound["request"] = _build(self.request, bound["request"])
        return {name: self._validated(name, value) for name, value in bound.items()}

    def _validated(self, name: str, value: Any) -> Any:
        """A parameter's value, held to the same rules as over HTTP."""
        if name == "request":
            return value
        try:
            return self.adapters[name].validate_python(value)
        except ValidationError as error:
            raise BadRequestError(f"{name}: {error.errors()[0]['msg']}", param=name) from None

    @cached_property
    def adapters(self) -> Mapping[str, TypeAdapter[Any]]:
        """What holds each parameter's value to its annotation."""
        return {name: TypeAdapter(self.hints[name]) for name in self.params if name != "request"}

    def _check(self, args: tuple[Any, ...], bound: dict[str, Any], unknown: dict[str, Any]) -> None:
        if len(args) > len(self.params) or unknown:
            extra = ", ".join(unknown) or f"{len(args)} positional arguments"
            raise BadRequestError(f"{self.name}() takes {', '.join(self.params) or 'no arguments'}; got {extra}")
        missing = [n for n, p in self.params.items() if n not in bound and p.default is p.empty]
        if missing:
            raise BadRequestError(f"{self.name}() needs {', '.join(missing)}", param=missing[0])

    @cached_property
    def _returns(self) -> tuple[Any, ...]:
        hint = self.hints.get("return")
        options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        return tuple(option for option in options if option is not type(None))


_ACTIONS: dict[str, Action] = {"GET": "read", "POST": "create", "PUT": "update", "PATCH": "update", "DELETE": "delete"}


def route(
    verb: str, path: str, *, routed_by: str | None = None, aliases: tuple[str, ...] = (), public: bool = False
) -> Callable[[Method], Method]:
    """Declare an API method's HTTP face. See `Route` for the meaning of each word."""

    def mark(method: Method) -> Method:
        method.__route__ = (verb, path, routed_by, aliases, public)  # type: ignore[attr-defined]
        return method

    return mark


def api_name(api: type) -> str:
    """`VectorIO` -> "vector_io"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", api.__name__).lower()


@cache
def routes_of(api: type) -> tuple[Route, ...]:
    """The routes of `api` and of the Protocols it is made of, in the order of declaration."""
    found: dict[str, Route] = {}
    for part in reversed(api.__mro__):
        for name, method in vars(part).items():
            if marks := getattr(method, "__route__", None):
                verb, path, routed_by, aliases, public = marks
                found[name] = Route(
                    api=api_name(api),
                    name=name,
                    verb=verb,
                    path=path,
                    aliases=aliases,
                    routed_by=routed_by,
                    public=public,
                    doc=inspect.getdoc(method) or "",
                    params={n: p for n, p in inspect.signature(method).parameters.items() if n != "self"},
                    hints=get_type_hints(method, include_extras=True),
                )
    return tuple(found.values())


def _build(model: type[BaseModel], fields: Any) -> BaseModel:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        message, param = explain(error, fields)
        raise BadRequestError(message, param=param) from None
