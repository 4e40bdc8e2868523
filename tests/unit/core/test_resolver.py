"""Providers in an order in which they can be built, built, and closed again."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

import pytest
from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from llama_stack.apis import Inference, Inspect, Models, Providers
from llama_stack.apis.errors import ConfigError, UpstreamError
from llama_stack.apis.providers import Health
from llama_stack.core import resolver
from llama_stack.core.config import ProviderEntry
from llama_stack.core.resolver import Provider, build, plan
from llama_stack.providers.spec import ProviderSpec

pytestmark = pytest.mark.anyio


class Vectors: ...


class Files: ...


class Agents: ...


class Plain: ...


class UsesInference:
    def __init__(self, inference: Inference, provider_id: str) -> None:
        self.inference, self.provider_id = inference, provider_id


class UsesVectors:
    def __init__(self, vectors: Vectors, files: Files | None = None) -> None:
        self.vectors, self.files = vectors, files


class UsesAgents:
    def __init__(self, agents: Agents) -> None: ...


class UsesBuiltIns:
    def __init__(self, models: Models, providers: Providers, inspect: Inspect) -> None: ...


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = 1


class Configured:
    def __init__(self, config: Settings, spec: ProviderSpec) -> None:
        self.config, self.spec = config, spec


@pytest.fixture(autouse=True)
def _apis(monkeypatch: pytest.MonkeyPatch) -> None:
    """More APIs than there are yet."""
    for name, api in {"vectors": Vectors, "files": Files, "agents": Agents}.items():
        monkeypatch.setitem(resolver._names(), api, name)


def spec(cls: type, api: str = "inference", **facts: Any) -> ProviderSpec:
    return ProviderSpec(api=api, provider_type=f"inline::{cls.__name__}", impl=f"{__name__}:{cls.__name__}", **facts)


def planned(**classes: list[type]) -> list[str]:
    """The classes of providers, in the order in which they are built."""
    return [b.cls.__name__ for rows in blueprints(**classes).values() for b in rows if b.cls]


def blueprints(**classes: list[type]) -> Mapping[str, list[resolver.Blueprint]]:
    registry = {api: {spec(cls).provider_type: spec(cls, api) for cls in rows} for api, rows in classes.items()}
    entries = {
        api: [ProviderEntry(provider_id=kind.rpartition(":")[2].lower(), provider_type=kind) for kind in rows]
        for api, rows in registry.items()
    }
    return plan(entries, registry)


# ---- the plan


def test_a_provider_comes_after_those_it_depends_on() -> None:
    assert planned(agents=[UsesVectors], vectors=[UsesInference, Plain], inference=[Plain]) == [
        "Plain",
        "UsesInference",
        "Plain",
        "UsesVectors",
    ]


def test_what_depends_on_models_comes_after_inference() -> None:
    assert planned(vectors=[UsesBuiltIns], inference=[Plain]) == ["Plain", "UsesBuiltIns"]
    assert planned(vectors=[UsesBuiltIns]) == ["UsesBuiltIns"]


def test_an_optional_dependency_is_waited_for_where_it_is_configured() -> None:
    assert planned(agents=[UsesVectors], files=[UsesInference], vectors=[Plain], inference=[Plain])[-1] == "UsesVectors"
    assert planned(agents=[UsesVectors], vectors=[Plain]) == ["Plain", "UsesVectors"]


def test_a_missing_api_is_named_with_who_wants_it() -> None:
    with pytest.raises(ConfigError) as caught:
        planned(agents=[UsesVectors])
    assert caught.value.message == (
        "usesvectors (inline::UsesVectors) needs the vectors API, and no provider serves it: "
        "add one under providers.vectors"
    )


def test_a_cycle_is_named() -> None:
    with pytest.raises(ConfigError) as caught:
        planned(agents=[UsesVectors], vectors=[UsesAgents])
    told = caught.value.message.partition(": ")[2].split(" → ")
    assert sorted(told[:2]) == ["agents", "vectors"]
    assert told[0] == told[2]


def test_an_api_that_needs_itself_is_a_cycle() -> None:
    with pytest.raises(ConfigError, match="inference → inference"):
        planned(inference=[UsesInference])


# ---- building


async def built(cls: type, apis: Mapping[str, Any] | None = None, **settings: Any) -> Provider:
    provider = Provider("inference", "mine", spec(cls), settings)
    async with AsyncExitStack() as exits:
        return await build(resolver.Blueprint(provider, cls), apis or {}, exits)


async def test_a_provider_is_given_what_its_constructor_asks_for() -> None:
    inference = object()
    provider = await built(UsesInference, {"inference": inference})
    assert (provider.impl.inference, provider.impl.provider_id) == (inference, "mine")
    configured = await built(Configured, size=3)
    assert (configured.impl.config, configured.impl.spec) == (Settings(size=3), configured.spec)
    assert (await built(UsesVectors, {"vectors": 1})).impl.files is None


async def test_a_wrong_config_names_the_provider_and_the_field() -> None:
    with pytest.raises(ConfigError, match="the config of mine: size: Input should be a valid integer"):
        await built(Configured, size="many")


class Opened:
    """Says when it opens and closes."""

    log: list[str]

    def __init__(self, provider_id: str) -> None:
        self.provider_id = provider_id

    async def __aenter__(self) -> Self:
        self.log.append(f"open {self.provider_id}")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.log.append(f"close {self.provider_id}")


class Refuses(Opened):
    @override
    async def __aenter__(self) -> Self:
        raise UpstreamError("not today", provider_id="mine")


class Breaks(Opened):
    @override
    async def __aenter__(self) -> Self:
        raise ZeroDivisionError


class Misconfigured(Opened):
    @override
    async def __aenter__(self) -> Self:
        raise ConfigError("these two do not go together")


async def open_all(*classes: type) -> tuple[list[Provider], list[str]]:
    Opened.log = []
    async with AsyncExitStack() as exits:
        providers = []
        for number, cls in enumerate(classes):
            provider = Provider("inference", str(number), spec(cls), {})
            providers.append(await build(resolver.Blueprint(provider, cls), {}, exits))
    return providers, Opened.log


async def test_providers_are_closed_in_reverse_order() -> None:
    _, log = await open_all(Opened, Opened)
    assert log == ["open 0", "open 1", "close 1", "close 0"]


async def test_one_that_refuses_to_open_has_a_problem_and_hinders_no_other() -> None:
    providers, log = await open_all(Opened, Refuses, Opened)
    assert log == ["open 0", "open 2", "close 2", "close 0"]
    assert (providers[1].impl, providers[1].problem) == (None, "not today")
    assert await providers[1].health() == Health(state="unavailable", reason="not today")
    assert await providers[0].health() == Health(state="ready")


@pytest.mark.parametrize(("cls", "error"), [(Breaks, ZeroDivisionError), (Misconfigured, ConfigError)])
async def test_a_mistake_ends_the_start_and_closes_what_is_open(cls: type, error: type[Exception]) -> None:
    with pytest.raises(error):
        await open_all(Opened, Opened, cls)
    assert Opened.log == ["open 0", "open 1", "close 1", "close 0"]


# ---- what is not installed


async def test_a_missing_package_makes_a_provider_unavailable_with_what_to_install() -> None:
    row = spec(Plain, requires=("no_such_package",), extra="vectors")
    (blueprint,) = plan(
        {"inference": [ProviderEntry(provider_id="p", provider_type=row.provider_type)]},
        {"inference": {row.provider_type: row}},
    )["inference"]
    async with AsyncExitStack() as exits:
        provider = await build(blueprint, {}, exits)
    assert provider.problem == "inline::Plain needs no_such_package: pip install 'llama-stack[vectors]'"
    assert provider.method("post_chat_completion") is None


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        ({"extra": "e", "pip_packages": ("p",)}, "pip install 'llama-stack[e]'"),
        ({"pip_packages": ("p", "q")}, "pip install p q"),
        ({"requires": ("r.s",)}, "pip install r.s"),
    ],
)
def test_the_install_hint_is_a_command(facts: dict[str, Any], hint: str) -> None:
    assert spec(Plain, **facts).install_hint == hint


def test_a_module_of_a_package_that_is_not_there_is_missing_too() -> None:
    assert spec(Plain, requires=("json", "no_such.deep.module", "os.path")).missing() == ["no_such.deep.module"]


async def test_a_providers_own_health_counts() -> None:
    class Sick:
        async def health(self) -> Health:
            return Health(state="degraded", reason="cold")

    provider = Provider("inference", "p", spec(Plain), {"api_key": "sk-1"}, impl=Sick())
    assert (await provider.health()).reason == "cold"
    assert "sk-1" not in repr(provider)
