"""Every way into a stack, behind one face, so that a behaviour is written once and tried through all of them."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import openai

from llama_stack import AsyncLlamaStackAsLibraryClient, LlamaStackAsLibraryClient
from llama_stack.apis import APIS
from llama_stack.apis.declare import routes_of
from llama_stack.apis.errors import StackError
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from llama_stack_client import AsyncLlamaStackClient, LlamaStackClient

__all__ = ("DOORS", "Door", "RefusedError", "open_door", "until_refused")


@dataclass
class RefusedError(Exception):
    """An error as a caller sees it; `status` is None inside a stream of the `openai` SDK, which does not tell."""

    status: int | None
    code: str | None
    param: str | None
    message: str
    headers: Mapping[str, str]


@dataclass
class Door:
    """Call it with the name of an API's method, and the fields of its request."""

    name: str
    find: Callable[[str], Callable[..., Any]]
    sync: bool = False

    async def __call__(self, method: str, **fields: Any) -> Any:
        call = self.find(method)
        with _told():
            return await asyncio.to_thread(call, **fields) if self.sync else await call(**fields)

    async def stream(self, method: str, **fields: Any) -> AsyncIterator[Any]:
        """The events of a streamed answer."""
        stream = await self(method, stream=True, **fields)
        with _told():
            if self.sync:
                with closing(stream):
                    events = iter(stream)
                    while (event := await asyncio.to_thread(next, events, None)) is not None:
                        yield event
            else:
                try:
                    async for event in stream:
                        yield event
                finally:
                    await getattr(stream, "aclose", getattr(stream, "close", None))()

    async def content(self, file_id: str) -> bytes:
        """The bytes of a file."""
        download = await self("get_file_content", file_id=file_id)
        with _told():
            read = await asyncio.to_thread(download.read) if self.sync else download.read()
            return await read if inspect.isawaitable(read) else read  # type: ignore[no-any-return]

    async def chat(self, text: str = "hello there", **fields: Any) -> Any:
        return await self("post_chat_completion", messages=[{"role": "user", "content": text}], **fields)

    def chunks(self, text: str = "hello there", **fields: Any) -> AsyncIterator[Any]:
        return self.stream("post_chat_completion", messages=[{"role": "user", "content": text}], **fields)


async def until_refused(stream: AsyncIterator[Any]) -> tuple[list[Any], RefusedError]:
    """What a stream gave before its error, and the error. Fails when there was none."""
    events = []
    try:
        async for event in stream:
            events.append(event)
    except RefusedError as error:
        return events, error
    raise AssertionError(f"the stream ended without an error after {len(events)} events")


@contextmanager
def _told() -> Iterator[None]:
    """Each kind of client's errors in one form."""
    try:
        yield
    except StackError as error:
        said = error.body()["error"]
        raise RefusedError(error.status, said["code"], said["param"], error.message, error.headers) from error
    except openai.APIStatusError as error:
        said = error.body
        raise RefusedError(
            error.status_code, error.code, error.param, said["message"], error.response.headers
        ) from error
    except openai.APIError as error:
        raise RefusedError(None, error.code, error.param, error.message, {}) from error


# ---- finding a method

_OWNERS = {route.name: api for api, protocol in APIS.items() for route in routes_of(protocol)}
_SDK_NAMES = {
    "post_chat_completion": "chat.completions.create",
    "list_chat_completions": "chat.completions.list",
    "get_chat_completion": "chat.completions.retrieve",
    "list_chat_completion_messages": "chat.completions.messages.list",
    "update_chat_completion": "chat.completions.update",
    "delete_chat_completion": "chat.completions.delete",
    "post_completion": "completions.create",
    "post_embeddings": "embeddings.create",
    "list_models": "models.list",
    "get_model": "models.retrieve",
    "unregister_model": "models.delete",
    "upload_file": "files.create",
    "list_files": "files.list",
    "get_file": "files.retrieve",
    "delete_file": "files.delete",
    "get_file_content": "files.content",
    "create_vector_store": "vector_stores.create",
    "list_vector_stores": "vector_stores.list",
    "get_vector_store": "vector_stores.retrieve",
    "update_vector_store": "vector_stores.update",
    "delete_vector_store": "vector_stores.delete",
    "search_vector_store": "vector_stores.search",
    "create_vector_store_file": "vector_stores.files.create",
    "list_vector_store_files": "vector_stores.files.list",
    "get_vector_store_file": "vector_stores.files.retrieve",
    "update_vector_store_file": "vector_stores.files.update",
    "delete_vector_store_file": "vector_stores.files.delete",
    "get_vector_store_file_content": "vector_stores.files.content",
    "create_vector_store_file_batch": "vector_stores.file_batches.create",
    "get_vector_store_file_batch": "vector_stores.file_batches.retrieve",
    "cancel_vector_store_file_batch": "vector_stores.file_batches.cancel",
    "list_vector_store_file_batch_files": "vector_stores.file_batches.list_files",
}


def _ours(client: Any) -> Callable[[str], Callable[..., Any]]:
    return lambda method: getattr(getattr(client, _OWNERS[method]), method)


def _sdk(client: Any) -> Callable[[str], Callable[..., Any]]:
    def find(method: str) -> Callable[..., Any]:
        call = attrgetter(_SDK_NAMES[method])(client)

        def renamed(**fields: Any) -> Any:
            if "model_id" in fields:
                fields["model"] = fields.pop("model_id")
            known = inspect.signature(call).parameters
            unknown = {name: fields.pop(name) for name in list(fields) if name not in known}
            return call(**fields, **({"extra_body": unknown} if unknown else {}))

        return renamed

    return find


# ---- the doors

Config = Mapping[str, Any]
Opened = AsyncIterator[Door]
DOORS: dict[str, Callable[[str, Config, str], Any]] = {}
IN_PROCESS = "http://llama-stack/v1"
OPTIONS: dict[str, Any] = {"api_key": "-", "max_retries": 0}


def open_door(name: str, config: Config, url: str) -> Any:
    """A door to a stack of that config, or to the server at `url` which has the same: `async with` it."""
    return DOORS[name](name, config, url)


def _door(make: Callable[..., Opened]) -> None:
    DOORS[make.__name__.strip("_").replace("_", "-")] = asynccontextmanager(make)


@_door
async def _direct(name: str, config: Config, url: str) -> Opened:
    async with LlamaStack(resolve(config, {})) as stack:
        yield Door(name, _ours(stack))


@_door
async def _library(name: str, config: Config, url: str) -> Opened:
    async with await AsyncLlamaStackAsLibraryClient.create(config, env={}) as client:
        yield Door(name, _ours(client))


@_door
async def _library_sync(name: str, config: Config, url: str) -> Opened:
    with LlamaStackAsLibraryClient(config, env={}) as client:
        yield Door(name, _ours(client), sync=True)


@_door
async def _http(name: str, config: Config, url: str) -> Opened:
    async with AsyncLlamaStackClient(url) as client:
        yield Door(name, _ours(client))


@_door
async def _http_sync(name: str, config: Config, url: str) -> Opened:
    with LlamaStackClient(url) as client:
        yield Door(name, _ours(client), sync=True)


@_door
async def _openai(name: str, config: Config, url: str) -> Opened:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", **OPTIONS) as client:
        yield Door(name, _sdk(client))


@_door
async def _openai_sync(name: str, config: Config, url: str) -> Opened:
    with openai.OpenAI(base_url=f"{url}/v1", **OPTIONS) as client:
        yield Door(name, _sdk(client), sync=True)


@_door
async def _openai_in_process(name: str, config: Config, url: str) -> Opened:
    async with (
        await AsyncLlamaStackAsLibraryClient.create(config, env={}) as library,
        openai.AsyncOpenAI(base_url=IN_PROCESS, http_client=library.http_client(), **OPTIONS) as client,
    ):
        yield Door(name, _sdk(client))


@_door
async def _openai_in_process_sync(name: str, config: Config, url: str) -> Opened:
    with (
        LlamaStackAsLibraryClient(config, env={}) as library,
        openai.OpenAI(base_url=IN_PROCESS, http_client=library.http_client(), **OPTIONS) as client,
    ):
        yield Door(name, _sdk(client), sync=True)
