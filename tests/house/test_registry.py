"""Every provider in the registry is what its row says, and does what its API asks."""

import inspect
import re
import tomllib

import pytest

from llama_stack.apis import APIS
from llama_stack.apis.declare import Route, routes_of
from llama_stack.apis.errors import UnavailableError
from llama_stack.providers.config import ProviderConfig
from llama_stack.providers.contracts import CONTRACTS
from llama_stack.providers.registry import specs
from llama_stack.providers.spec import ProviderSpec
from tests.house.modules import ROOT

ROWS = [(api, name) for api, rows in specs().items() for name in rows]
ROUTED_TO = [row for row in ROWS if row[0] not in CONTRACTS]
UNDER_CONTRACT = [row for row in ROWS if row[0] in CONTRACTS]


def of(rows: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("spec", rows, ids=lambda row: f"{row[0]}:{row[1]}", indirect=True)


@pytest.fixture(params=ROWS, ids=lambda row: f"{row[0]}:{row[1]}")
def spec(request: pytest.FixtureRequest) -> ProviderSpec:
    api, provider_type = request.param
    return specs()[api][provider_type]


@pytest.fixture
def provider(spec: ProviderSpec) -> type:
    """The provider's class, where its packages are installed."""
    if spec.missing():
        pytest.skip(spec.install_hint)
    return spec.load()


def test_a_row_is_complete(spec: ProviderSpec) -> None:
    assert spec.api in {*APIS, *CONTRACTS}
    assert re.fullmatch(r"(remote|inline)::(hf::)?[a-z0-9-]+", spec.provider_type)
    assert spec.summary
    assert "\n" not in spec.summary


def test_a_row_loads_or_gives_the_line_to_type(spec: ProviderSpec) -> None:
    if not spec.missing():
        assert inspect.isclass(spec.load())
        return
    with pytest.raises(UnavailableError, match=re.escape(spec.install_hint)):
        spec.load()


def test_what_a_row_requires_can_be_installed(spec: ProviderSpec) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert spec.extra is None or spec.extra in extras
    assert not spec.requires or spec.extra or spec.pip_packages


def test_the_defaults_of_a_row_fit_its_config(spec: ProviderSpec, provider: type) -> None:
    config = inspect.signature(provider, eval_str=True).parameters["config"].annotation
    assert issubclass(config, ProviderConfig)
    assert spec.defaults.keys() <= config.model_fields.keys()


@of(ROUTED_TO)
def test_a_provider_does_at_least_one_thing_that_its_api_declares(spec: ProviderSpec, provider: type) -> None:
    routes = routes_of(APIS[spec.api])
    asked = [route for route in routes if route.routed_by] or routes
    assert [route.name for route in asked if hasattr(provider, route.name)]


@of(ROUTED_TO)
def test_what_a_provider_does_it_does_as_its_api_declares(spec: ProviderSpec, provider: type) -> None:
    own = [route for route in routes_of(APIS[spec.api]) if hasattr(provider, route.name)]
    assert [complaint for route in own for complaint in departures(provider, route)] == []


@of(UNDER_CONTRACT)
def test_a_provider_implements_the_whole_contract_of_its_api(spec: ProviderSpec, provider: type) -> None:
    contract = CONTRACTS[spec.api]
    methods = {name: method for name, method in vars(contract).items() if inspect.iscoroutinefunction(method)}
    own = {name: getattr(provider, name) for name in methods}
    assert [name for name in methods if own[name] is methods[name]] == [], "inherited from the Protocol itself"
    assert {n: inspect.signature(m, eval_str=True) for n, m in own.items()} == {
        n: inspect.signature(m, eval_str=True) for n, m in methods.items()
    }


def departures(provider: type, route: Route) -> list[str]:
    """Where a provider's method cannot be called as its API declares it."""
    method = getattr(provider, route.name)
    own = {n: p for n, p in inspect.signature(method, eval_str=True).parameters.items() if n != "self"}
    said = [f"{route.name} lacks {name}" for name in route.params if name not in own]
    said += [f"{route.name} insists on {n}" for n, p in own.items() if n not in route.params and p.default is p.empty]
    if not inspect.iscoroutinefunction(method):
        said.append(f"{route.name} is no coroutine function")
    if "request" in own and own["request"].annotation is not route.request:
        said.append(f"{route.name} takes {own['request'].annotation}, not {route.request}")
    return said
