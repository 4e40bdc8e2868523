"""From a run config to live providers, each built after what it depends on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from graphlib import CycleError, TopologicalSorter
from inspect import signature
from types import NoneType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

from ..apis import APIS
from ..apis.errors import ConfigError, StackError, UnavailableError
from ..apis.providers import Health
from ..apis.wire import explain
from ..providers.spec import ProviderSpec

__all__ = ("Blueprint", "Provider", "build", "config_model", "plan")


@cache
def _names() -> dict[type, str]:
    return {api: name for name, api in APIS.items()}


@dataclass(slots=True)
class Provider:
    """A configured provider. `impl` is None when it cannot run here; `problem` then says why."""

    api: str
    provider_id: str
    spec: ProviderSpec
    settings: Mapping[str, Any] = field(repr=False)  # its config, as data; holds keys in clear text
    impl: Any = None
    problem: str | None = None

    def method(self, name: str) -> Callable[..., Any] | None:
        """An operation, or a hook, of the provider; None when it has none of that name."""
        return getattr(self.impl, name, None)

    async def health(self) -> Health:
        if self.problem is not None:
            return Health(state="unavailable", reason=self.problem)
        hook = self.method("health")
        try:
            return await hook() if hook else Health(state="ready")
        except StackError as error:  # a recording that knows nothing of it, say
            return Health(state="degraded", reason=error.message)


@dataclass(slots=True)
class Blueprint:
    """A provider that is to be built: its class, and what it asks for."""

    provider: Provider
    cls: type | None

    @property
    def needs(self) -> dict[str, tuple[str, bool]]:
        return dependencies(self.cls) if self.cls else {}


def dependencies(cls: type) -> dict[str, tuple[str, bool]]:
    """Constructor parameter → the API it asks for, and whether it can do without."""
    found = {}
    for name, hint in _hints(cls).items():
        options = [option for option in (get_args(hint) or (hint,)) if option is not NoneType]
        if len(options) == 1 and options[0] in _names():
            found[name] = _names()[options[0]], NoneType in get_args(hint)
    return found


def config_model(cls: type) -> type[BaseModel] | None:
    """The model of a provider's config: the annotation of its `config` parameter."""
    model: type[BaseModel] | None = _hints(cls).get("config")
    return model


def plan(
    entries: Mapping[str, Sequence[Any]], registry: Mapping[str, Mapping[str, ProviderSpec]]
) -> dict[str, list[Blueprint]]:
    """API → its configured providers with their classes, in an order in which they can be built.

    `entries`: API → the run config's provider entries. Raises `ConfigError` naming a cycle or a missing API.
    """
    drafts = {
        api: [_draft(api, entry, registry[api][entry.provider_type]) for entry in entries[api]] for api in entries
    }
    graph = {api: {need for draft in drafts[api] for need in _wanted(draft, drafts)} for api in drafts}
    for api, others in _STANDS_ON.items():
        if graph.get(api) is not None and drafts[api]:
            graph[api] |= {other for other in others if drafts.get(other)}
    try:
        return {api: drafts[api] for api in TopologicalSorter(graph).static_order() if api in drafts}
    except CycleError as error:
        raise ConfigError(f"these APIs' providers need each other: {' → '.join(reversed(error.args[1]))}") from None


def _wanted(draft: Blueprint, drafts: Mapping[str, list[Blueprint]]) -> Iterator[str]:
    """The APIs whose providers are to be built before this one."""
    for api, optional in draft.needs.values():
        if api in _BUILT_IN:
            yield from _BUILT_IN[api]
        elif drafts.get(api):
            yield api
        elif not optional:
            who = f"{draft.provider.provider_id} ({draft.provider.spec.provider_type})"
            raise ConfigError(f"{who} needs the {api} API, and no provider serves it: add one under providers.{api}")


# APIs of the stack itself → those behind whose providers they stand.
_BUILT_IN: dict[str, tuple[str, ...]] = {
    "models": ("inference",),
    "providers": (),
    "inspect": (),
    "jobs": (),
    "vector_stores": ("vector_io",),
    "tool_groups": ("tool_runtime",),
    "rag_tool": ("tool_runtime",),
}
# APIs whose own part of the stack calls others → those others, to be there before it.
_STANDS_ON: dict[str, tuple[str, ...]] = {"vector_io": ("inference", "files", "file_processors")}


def _draft(api: str, entry: Any, spec: ProviderSpec) -> Blueprint:
    provider = Provider(api, entry.provider_id, spec, entry.config)
    try:
        cls = spec.load()
    except UnavailableError as error:
        provider.problem = error.message
        return Blueprint(provider, None)
    return Blueprint(provider, cls)


async def build(
    blueprint: Blueprint, apis: Mapping[str, Any], exits: AsyncExitStack, tools: Iterable[object] = ()
) -> Provider:
    """Make a provider and open it; `exits` closes it. One that cannot run is returned with its problem.

    `tools` are handed to the constructor parameters that are annotated with their type.
    """
    provider, cls = blueprint.provider, blueprint.cls
    if cls is None:
        return provider
    offered: dict[str, Any] = {"provider_id": provider.provider_id, "spec": provider.spec}
    if model := config_model(cls):
        offered["config"] = _configured(model, provider)
    offered |= {name: apis.get(api) for name, (api, _) in blueprint.needs.items()}
    by_type = {type(tool): tool for tool in tools}
    offered |= {name: by_type[hint] for name, hint in _hints(cls).items() if hint in by_type}
    try:
        impl = cls(**{name: offered[name] for name in signature(cls).parameters if name in offered})
        provider.impl = await exits.enter_async_context(impl) if hasattr(impl, "__aenter__") else impl
    except ConfigError:
        raise
    except StackError as error:
        provider.problem = error.message
    return provider


def _configured(model: type[BaseModel], provider: Provider) -> BaseModel:
    try:
        return model.model_validate(provider.settings)
    except ValidationError as error:
        message, _ = explain(error)
        raise ConfigError(f"the config of {provider.provider_id}: {message}") from None


def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls.__init__) if "__init__" in dir(cls) else {}  # type: ignore[misc]
