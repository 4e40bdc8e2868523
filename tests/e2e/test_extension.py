"""What other packages add: really built, installed beside the stack, and used by processes of their own."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from urllib.request import Request, urlopen

import pytest

from tests.house.modules import ROOT
from tests.support.command import LLAMA, running
from tests.support.packages import build_wheel, install, write_package

WEATHER = """
    from typing import ClassVar, Protocol

    from llama_stack.apis.declare import route
    from llama_stack.apis.resource import Resource
    from pydantic import BaseModel


    class City(Resource):
        kind: ClassVar = "city"
        plural: ClassVar = "cities"
        served_by: ClassVar = "weather"


    class CityList(BaseModel):
        data: list[City]


    class Forecast(BaseModel):
        city: str
        text: str


    class Asked(BaseModel):
        city: str
        days: int = 1


    class Weather(Protocol):
        '''What the weather will be.'''

        @route("POST", "/v1/weather/forecast", routed_by="request.city")
        async def forecast(self, request: Asked) -> Forecast:
            '''Say what is to come.'''
            ...

        @route("GET", "/v1/weather/cities")
        async def list_cities(self) -> CityList:
            '''List the cities.'''
            ...

        @route("GET", "/v1/weather/unit")
        async def unit(self, long: bool = False) -> Forecast:
            '''Say in which unit temperatures are.'''
            ...
    """
ALMANAC = """
    from acme_weather.api import Asked, City, CityList, Forecast
    from llama_stack.apis import Inference
    from llama_stack.apis.inference import ChatCompletionRequest
    from llama_stack.providers.config import ProviderConfig
    from llama_stack.providers.spec import ProviderSpec


    class AlmanacConfig(ProviderConfig):
        cities: list[str] = []


    class Almanac:
        def __init__(self, config: AlmanacConfig, provider_id: str, inference: Inference) -> None:
            self.config, self.provider_id, self.inference = config, provider_id, inference

        async def forecast(self, request: Asked) -> Forecast:
            ask = {"model": "echo/echo", "messages": [{"role": "user", "content": f"sun for {request.days} days"}]}
            said = await self.inference.post_chat_completion(ChatCompletionRequest(**ask))
            return Forecast(city=request.city, text=f"{self.provider_id}: {said.text}")

        async def list_cities(self) -> CityList:
            return CityList(data=[
                City(identifier=name, provider_id=self.provider_id, provider_resource_id=name)
                for name in self.config.cities
            ])

        async def unit(self, long: bool = False) -> Forecast:
            return Forecast(city="", text="Celsius" if long else "C")


    ROWS = [ProviderSpec(
        api="weather", provider_type="inline::almanac", impl="acme_weather.almanac:Almanac", summary="An almanac",
    )]
    """
POINTS = """
    [project.entry-points."llama_stack.apis"]
    weather = "acme_weather.api:Weather"
    [project.entry-points."llama_stack.providers"]
    almanac = "acme_weather.almanac:ROWS"
    """
RUN = """
    version: 2
    providers:
      inference: [{provider_id: echo, provider_type: inline::echo}]
      weather:
      - {provider_id: north, provider_type: inline::almanac, config: {cities: [Oslo, Bergen]}}
      - {provider_id: south, provider_type: inline::almanac, config: {cities: [Rome, Bergen]}}
    storage: {backends: {kv: {type: kv_memory}, sql: {type: sql_memory}}}
    """
CLIENTS = """
    import sys
    from llama_stack import LlamaStackAsLibraryClient
    from llama_stack_client import LlamaStackClient

    run, url = sys.argv[1:]
    for client in (LlamaStackAsLibraryClient(run), LlamaStackClient(url)):
        print(client.weather.forecast(city="Oslo", days=3).text)
        print(client.weather.forecast(city="south/Bergen").text)
        print(client.weather.unit(long=True).text)
        print([city.identifier for city in client.weather.list_cities().data])
        client.close()
    """


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    """A user at home in an empty folder, with a place for packages."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "COLUMNS": "120", "PYTHONPATH": str(tmp_path / "site")}


def said(*command: str, env: Mapping[str, str], cwd: Path | None = None) -> str:
    """What a command prints; nothing may be amiss."""
    ran = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    return ran.stdout


def call(url: str, body: object = None) -> object:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"content-type": "application/json"})) as answer:
        return json.load(answer)


@pytest.fixture
def weather(tmp_path: Path) -> Path:
    """A run config for an API of another package, which is installed."""
    files = {"acme_weather/__init__.py": "", "acme_weather/api.py": WEATHER, "acme_weather/almanac.py": ALMANAC}
    install(write_package(tmp_path / "weather", "acme-weather", POINTS, files), tmp_path / "site")
    (tmp_path / "run.yaml").write_text(RUN)
    return tmp_path / "run.yaml"


def test_an_api_of_another_package_is_served_through_every_door(weather: Path, env: Mapping[str, str]) -> None:
    with running(str(weather), "--port", "0", env=env) as (url, _, _):
        assert call(f"{url}/v1/weather/forecast", {"city": "Rome"}) == {"city": "Rome", "text": "south: sun for 1 days"}
        document = call(f"{url}/openapi.json")
        assert isinstance(document, dict)
        assert {"/v1/weather/forecast", "/v1/weather/cities", "/v1/weather/unit"} <= document["paths"].keys()
        assert "/v1/weather/unit" in json.dumps(call(f"{url}/v1/inspect/routes"))
        lines = said(sys.executable, "-c", dedent(CLIENTS), str(weather), url, env=env).splitlines()
    cities = "['north/Oslo', 'north/Bergen', 'south/Rome', 'south/Bergen']"
    assert lines == ["north: sun for 3 days", "south: sun for 1 days", "Celsius", cities] * 2


def test_an_api_of_another_package_is_listed_with_its_providers(weather: Path, env: Mapping[str, str]) -> None:
    assert re.search(r"^weather +1 +What the weather will be\.$", said(LLAMA, "stack", "list-apis", env=env), re.M)
    assert re.search(
        r"^inline::almanac +ready +An almanac$", said(LLAMA, "stack", "list-providers", "weather", env=env), re.M
    )


BROKEN = """
    [project.entry-points."llama_stack.apis"]
    gone = "no_such_module:Api"
    plain = "acme_broken:Plain"
    models = "acme_broken:Models"
    [project.entry-points."llama_stack.providers"]
    failing = "acme_broken.failing:ROW"
    odd = "acme_broken:ODD"
    taken = "acme_broken:TAKEN"
    homeless = "acme_broken:HOMELESS"
    unloadable = "acme_broken:UNLOADABLE"
    """
BROKEN_CODE = """
    from typing import Protocol

    from llama_stack.apis.declare import route
    from llama_stack.providers.spec import ProviderSpec

    ODD = 42
    TAKEN = ProviderSpec("inference", "inline::echo", "acme_broken:Plain")
    HOMELESS = ProviderSpec("dreams", "inline::dreamer", "acme_broken:Plain")
    UNLOADABLE = ProviderSpec("inference", "inline::unloadable", "acme_broken.failing:Nothing", "Fails")


    class Plain: ...


    class Models(Protocol):
        @route("GET", "/v1/other-models")
        async def list_models(self) -> None: ...
    """
COMPLAINTS = """\
gone = no_such_module:Api): ModuleNotFoundError: No module named 'no_such_module'
plain = acme_broken:Plain): it names no Protocol that has methods with @route
models = acme_broken:Models): the name 'models' is taken; call the Protocol otherwise
failing = acme_broken.failing:ROW): RuntimeError: half installed
odd = acme_broken:ODD): it should name a ProviderSpec, or a tuple of them, not 42
taken = acme_broken:TAKEN): the inference provider inline::echo is there already
homeless = acme_broken:HOMELESS): inline::dreamer is for an API 'dreams', which nobody declares
"""


def test_an_api_may_have_all_its_providers_by_their_modules(tmp_path: Path, env: Mapping[str, str]) -> None:
    files = {
        "acme_weather/__init__.py": "",
        "acme_weather/api.py": WEATHER,
        "acme_weather/almanac.py": ALMANAC,
        "acme_weather/provider.py": "from .almanac import ROWS\ndef get_provider_spec():\n    return ROWS",
    }
    points = POINTS.partition('[project.entry-points."llama_stack.providers"]')[0]
    install(write_package(tmp_path / "weather", "acme-weather", points, files), tmp_path / "site")
    (tmp_path / "run.yaml").write_text(RUN.replace("inline::almanac,", "inline::almanac, module: acme_weather,"))
    checked = said(LLAMA, "stack", "check", str(tmp_path / "run.yaml"), "--live", env=env)
    assert re.search(r"^south +ready", checked, re.MULTILINE)


def test_what_is_broken_in_another_package_is_told_and_takes_nothing_down(
    tmp_path: Path, env: Mapping[str, str]
) -> None:
    files = {"acme_broken/__init__.py": BROKEN_CODE, "acme_broken/failing.py": "raise RuntimeError('half installed')"}
    install(write_package(tmp_path / "broken", "acme-broken", BROKEN, files), tmp_path / "site")
    with running("inference=echo,inference=unloadable", "--port", "0", env=env) as (url, banner, server):
        assert re.search(r"Missing +inline::unloadable: acme_broken\.failing:Nothing cannot be imported", banner)
        assert call(f"{url}/v1/health") == {"status": "OK"}
        server.terminate()
        _, errors = server.communicate(timeout=20)
    told = [line.partition(" (")[2] for line in errors.splitlines() if line.startswith("acme-broken 1.2.3 is left out")]
    assert sorted(told) == sorted(COMPLAINTS.splitlines())


def test_a_provider_may_be_named_by_its_module(tmp_path: Path, env: Mapping[str, str]) -> None:
    (tmp_path / "site/acme_parrot").mkdir(parents=True)
    (tmp_path / "site/acme_parrot/__init__.py").touch()
    (tmp_path / "site/acme_parrot/provider.py").write_text(
        "from llama_stack.providers.inline.inference.echo import Echo as Parrot\n"
        "from llama_stack.providers.spec import ProviderSpec\n"
        "def get_provider_spec():\n"
        "    return ProviderSpec('inference', 'inline::parrot', 'acme_parrot.provider:Parrot')\n"
    )
    entry = "{provider_id: polly, provider_type: inline::parrot, module: acme_parrot}"
    (tmp_path / "run.yaml").write_text(f"providers: {{inference: [{entry}]}}\n")
    with running(str(tmp_path), "--port", "0", env=env) as (url, _, _):
        ask = {"model": "polly/echo", "messages": [{"role": "user", "content": "hello"}]}
        assert '"hello"' in json.dumps(call(f"{url}/v1/chat/completions", ask))


@pytest.mark.parametrize("kind", ["remote", "inline"])
def test_a_new_providers_own_tests_pass_and_its_code_is_clean(
    kind: str, tmp_path: Path, env: Mapping[str, str]
) -> None:
    said(LLAMA, "stack", "new", "provider", "my-model", "--kind", kind, env=env, cwd=tmp_path)
    folder = tmp_path / "llama-stack-provider-my-model"
    install(folder, tmp_path / "site")
    tested = said(sys.executable, "-m", "pytest", "-q", "-W", "error", env=env, cwd=folder)
    assert re.search(r"^[34] passed", tested, re.M)
    settings = ["--config", str(ROOT / "pyproject.toml")]
    said(sys.executable, "-m", "ruff", "check", "-q", *settings, ".", env=env, cwd=folder)
    said(sys.executable, "-m", "ruff", "format", "-q", "--check", *settings, ".", env=env, cwd=folder)
    said(sys.executable, "-m", "mypy", "--strict", "src", env={**env, "MYPYPATH": "src"}, cwd=folder)
    (tmp_path / "elsewhere").mkdir()
    assert f"{kind}::my-model " in said(LLAMA, "stack", "list-providers", env=env, cwd=tmp_path / "elsewhere")
    assert "no mistakes; 1 provider" in said(LLAMA, "stack", "check", str(folder), env=env)


def test_the_templates_travel_in_the_wheel(tmp_path: Path) -> None:
    with zipfile.ZipFile(build_wheel(ROOT, tmp_path)) as wheel:
        packed = {name for name in wheel.namelist() if "/templates/" in name}
    folder = ROOT / "src/llama_stack/cli/stack/templates"
    assert packed == {str(path.relative_to(ROOT / "src")) for path in folder.rglob("*.txt")}


def test_a_distribution_of_ones_own_is_listed_checked_and_run_by_its_name(env: Mapping[str, str]) -> None:
    made = said(LLAMA, "stack", "new", "distribution", "mine", "--from", "inference=echo", env=env)
    assert made == "Wrote ~/.llama/distributions/mine/run.yaml. Next:\n  llama stack run mine\n"
    assert re.search(
        r"^mine +~/\S+/mine/run.yaml +a distribution of your own$", said(LLAMA, "stack", "list", env=env), re.M
    )
    with running("mine", "--port", "0", env=env) as (url, banner, _):
        assert f"serves mine at {url}" in banner
        assert call(f"{url}/v1/models/echo/echo")


def test_a_distribution_in_a_folder_is_run_by_the_folder(tmp_path: Path, env: Mapping[str, str]) -> None:
    folder = tmp_path / "my-distro"
    said(LLAMA, "stack", "new", "distribution", "mine", "--from", "inference=echo", "--path", str(folder), env=env)
    with running(f"{folder}/", "--port", "0", env=env) as (url, banner, _):
        assert f"serves mine at {url}" in banner
