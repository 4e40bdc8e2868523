"""The stack: every API over the configured providers, opened and closed as one."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, Protocol, Self

from ..apis import APIS
from ..apis.attributes import Apis
from ..providers.registry import specs
from ..providers.utils.wrapping import Wrapper, wrapped
from .builtins.inspect import BuiltinInspect, Check
from .builtins.jobs import BuiltinJobs
from .builtins.providers import BuiltinProviders
from .config import ProviderEntry, RunConfig, redacted_provider, specs_of
from .face import face
from .jobs import Jobs
from .resolver import Provider, build, plan
from .routers.added import open_added
from .routers.files import FilesRouter
from .routers.inference import InferenceRouter
from .routers.tool_runtime import RagRouter, ToolRuntimeRouter
from .routing_tables.models import ModelTable
from .routing_tables.tool_groups import ToolGroupTable
from .storage.completions import CompletionStore, open_completions
from .storage.kvstore import KVStore, open_kv
from .storage.storage import Storage
from .vector_stores.open import open_vector_stores
from .vector_stores.upkeep import Upkeep

__all__ = ("LlamaStack", "Traffic")


class Traffic(Protocol):
    """Stands between a stack's providers and the services they call: a recording, a replay, faults."""

    def open(self, config: RunConfig) -> Wrapper:
        """What the transports of that stack go through."""
        ...


class LlamaStack(Apis):
    """A running stack: one attribute per API. Use it as `async with LlamaStack(config) as stack`.

    `apis` holds the implementations that the server calls; the attributes are the same, called with keywords.
    `traffic` is what its calls to services go through.
    """

    def __init__(self, config: RunConfig, *, traffic: Traffic | None = None) -> None:
        self.config = config
        self.traffic = traffic
        self.apis: dict[str, Any] = {}
        self.configured: list[Provider] = []
        self.upkeep: Upkeep | None = None  # of vector stores, where there are any
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as exits:
            await self._open(exits)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._exits.aclose()

    async def _open(self, exits: AsyncExitStack) -> None:
        storage = self.config.storage
        registry = await exits.enter_async_context(open_kv(storage, storage.stores.metadata))
        completions = await exits.enter_async_context(open_completions(storage))
        tables = Storage(storage)
        jobs = Jobs(await exits.enter_async_context(tables.sql()), self.config.jobs)
        await exits.enter_async_context(jobs)
        checks: dict[str, Check] = {
            "storage.metadata": lambda: registry.get("ready"),
            "storage.inference": lambda: completions.list(limit=1),
        }
        self._serve("providers", BuiltinProviders(self.configured, _shown))
        self._serve("jobs", BuiltinJobs(jobs))
        self._serve("inspect", BuiltinInspect(self.apis, self._provider_types(), checks))
        entries = {"inference": [], **self._served_entries()}
        # APIs of which the stack does more than forward; each is there before the providers that depend on it.
        own: dict[str, Callable[[], Awaitable[None]]] = {
            "inference": lambda: self._open_inference(registry, completions, exits),
            "files": self._open_files,
            "vector_io": lambda: self._open_vector_stores(tables, jobs, exits),
            "tool_runtime": lambda: self._open_tools(registry, exits),
        }
        with wrapped(self.traffic.open(self.config) if self.traffic else None):
            for api, blueprints in plan(entries, specs_of(self.config, specs())).items():
                for blueprint in blueprints:
                    self.configured.append(await build(blueprint, self.apis, exits, [tables, jobs]))
                if api in own and (blueprints or api == "inference"):
                    await own[api]()
                elif blueprints and api in APIS:
                    self._serve(api, await open_added(api, self._providers_of(api), registry, exits))
        jobs.start()
        exits.push_async_callback(jobs.stop)  # before what the jobs use is closed

    async def _open_inference(self, registry: KVStore, completions: CompletionStore, exits: AsyncExitStack) -> None:
        table = ModelTable(
            self._providers_of("inference"),
            registry,
            declared=self.config.registered_resources.models,
            refresh_seconds=self.config.models.refresh_interval_seconds,
        )
        await exits.enter_async_context(table)
        by_default = self.config.storage.stores.inference.store_by_default
        self._serve("models", table)
        self._serve("inference", InferenceRouter(table, completions, store_by_default=by_default))

    async def _open_files(self) -> None:
        self._serve("files", FilesRouter(self._providers_of("files"), self.config.files.default_provider_id))

    async def _open_vector_stores(self, tables: Storage, jobs: Jobs, exits: AsyncExitStack) -> None:
        stores, chunks, self.upkeep = await open_vector_stores(
            self.config.vector_stores,
            self._providers_of("vector_io"),
            storage=tables,
            jobs=jobs,
            inference=self.apis["inference"],
            models=self.apis["models"],
            files=self.apis.get("files"),
            processors=self.apis.get("file_processors"),
            declared=self.config.registered_resources.vector_stores,
            exits=exits,
        )
        self._serve("vector_stores", stores)
        self._serve("vector_io", chunks)

    async def _open_tools(self, registry: KVStore, exits: AsyncExitStack) -> None:
        providers = self._providers_of("tool_runtime")
        table = ToolGroupTable(providers, registry, self.config.registered_resources.tool_groups)
        await exits.enter_async_context(table)
        self._serve("tool_groups", table)
        self._serve("tool_runtime", ToolRuntimeRouter(table))
        self._serve("rag_tool", RagRouter(providers))

    def _serve(self, api: str, impl: Any) -> None:
        self.apis[api] = impl
        setattr(self, api, face(APIS[api], impl))

    def _served_entries(self) -> dict[str, list[ProviderEntry]]:
        """The provider entries of the APIs that the config wants served: all, unless it names some."""
        wanted = self.config.apis or list(self.config.providers)
        return {api: entries for api, entries in self.config.providers.items() if api in wanted}

    def _providers_of(self, api: str) -> list[Provider]:
        return [provider for provider in self.configured if provider.api == api]

    def _provider_types(self) -> dict[str, list[str]]:
        return {api: [entry.provider_type for entry in rows] for api, rows in self._served_entries().items()}


def _shown(provider: Provider) -> dict[str, Any]:
    """A provider's config, its secrets masked."""
    return redacted_provider(provider.settings, provider.spec)
