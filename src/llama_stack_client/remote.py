"""An API whose implementation lives behind HTTP, made from its declaration."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from pydantic import TypeAdapter

from llama_stack.apis.declare import Route, routes_of
from llama_stack.apis.errors import StackError, UpstreamError, UpstreamTimeoutError
from llama_stack.apis.stream import EventStream
from llama_stack.apis.transfer import Download, Upload
from llama_stack.apis.wire import WireModel, dump
from llama_stack.providers.utils.form_body import FormBody
from llama_stack.providers.utils.relay import Relay

from .download import remote_download

__all__ = ("remote",)

Ask = Callable[[dict[str, Any]], Awaitable[Any]]


def remote(api: type, relay: Relay) -> Any:
    """An implementation of `api` that calls the server behind `relay`."""
    cls = type(f"Remote{api.__name__}", (), {r.name: staticmethod(_method(r, relay)) for r in routes_of(api)})
    return cls()


def _method(route: Route, relay: Relay) -> Callable[..., Any]:
    make = _upload if route.upload else _download if route.downloads else _call
    ask = make(route, relay)

    async def call(**arguments: Any) -> Any:
        try:
            return await ask(arguments)
        except UpstreamError as error:
            raise _as_raised(error) from None

    return call


def _call(route: Route, relay: Relay) -> Ask:
    typed = _reader(route.result)

    async def ask(arguments: dict[str, Any]) -> Any:
        request = arguments.pop("request", None)
        path = _path(route, arguments)
        body = None if request is None else dump(request)
        if route.event is not None and getattr(request, "stream", None):
            stream = await relay.stream(path, body or b"", route.event)
            return EventStream(route.event, _translated(stream))
        return typed(await relay.call(route.verb, path, body))

    return ask


def _upload(route: Route, relay: Relay) -> Ask:
    typed = _reader(route.result)

    async def ask(arguments: dict[str, Any]) -> Any:
        in_path = {name: arguments.pop(name) for name in route.path_params}
        files = {n: arguments.pop(n) for n in list(arguments) if isinstance(arguments[n], Upload)}
        return typed(await relay.send_form(route.url(in_path), FormBody(arguments, files)))

    return ask


def _download(route: Route, relay: Relay) -> Ask:
    async def ask(arguments: dict[str, Any]) -> Download:
        return await remote_download(relay, _path(route, arguments), _as_raised)

    return ask


def _reader(result: Any) -> Callable[[bytes], Any]:
    """What makes an answer's bytes into an object."""
    if result is None:
        return lambda _: None
    if isinstance(result, type) and issubclass(result, WireModel):
        return result.from_wire
    return TypeAdapter(result).validate_json


def _path(route: Route, arguments: dict[str, Any]) -> str:
    query = [
        pair for n, v in arguments.items() if n not in route.path_params and v is not None for pair in _query(n, v)
    ]
    return route.url(arguments) + (f"?{urlencode(query)}" if query else "")


def _query(name: str, value: Any) -> Iterable[tuple[str, Any]]:
    """A map goes pair by pair: `metadata[topic]=fish`."""
    return ((f"{name}[{key}]", each) for key, each in value.items()) if isinstance(value, dict) else ((name, value),)


async def _translated(stream: EventStream[Any]) -> AsyncGenerator[bytes, None]:
    try:
        async for block in stream.blocks():
            yield block
    except UpstreamError as error:
        raise _as_raised(error) from None
    finally:
        await stream.aclose()


def _as_raised(error: UpstreamError) -> StackError:
    """The error that the server raised, as the library would have raised it."""
    said = error.error
    code = said.get("code")
    if provider_id := said.pop("provider_id", None):
        cls = UpstreamTimeoutError if code == UpstreamTimeoutError.code else UpstreamError
        return cls(
            error.message,
            provider_id=provider_id,
            status=error.status,
            error=said,
            code=error.code,
            headers=error.headers,
        )
    if error.code is not None and not said:  # not the server's word: it was not reached, or its answer was cut
        return error
    for known in _classes(StackError):
        if known.status == error.status and known.code in (None, code):
            return known(error.message, code=code, param=said.get("param"), headers=error.headers)
    unknown = StackError(error.message, code=code, param=said.get("param"), headers=error.headers)
    unknown.status = error.status
    return unknown


def _classes(cls: type[StackError]) -> Iterator[type[StackError]]:
    """The error classes a server raises under their own name, the most particular first."""
    for child in cls.__subclasses__():
        if not issubclass(child, UpstreamError):
            yield from _classes(child)
    yield cls
