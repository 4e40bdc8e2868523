"""Ready-made stacks, and what a user may name to get one."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr
from ruamel.yaml import YAML

from llama_stack.apis.errors import ConfigError
from llama_stack.core.config import RunConfig, json_schema
from llama_stack.core.storage.backends import PostgresServer
from llama_stack.distributions import ad_hoc, distributions, find, resolve, run_file
from llama_stack.providers.registry import specs

NAMES = sorted(distributions())


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    """An environment in which nobody has a distribution of their own."""
    return {"LLAMA_STACK_CONFIG_DIR": str(tmp_path)}


def ids(config: RunConfig) -> list[str]:
    return [entry.provider_id for entry in config.providers["inference"]]


def refusal(source: str, env: Mapping[str, str]) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve(source, env)
    return caught.value.message


def test_the_distributions_are_those_in_the_folder() -> None:
    assert NAMES == ["ci-tests", "postgres-demo", "starter", "starter-gpu"]


@pytest.mark.parametrize("name", NAMES)
def test_every_distribution_is_a_config_without_mistakes(name: str, env: Mapping[str, str]) -> None:
    config = resolve(name, env)
    assert config.distro_name == name
    assert config.server.port == 8321


@pytest.mark.parametrize("name", NAMES)
def test_every_distribution_fits_the_schema_that_editors_read(name: str) -> None:
    data = YAML(typ="safe").load(find(name).run_yaml())
    assert list(Draft202012Validator(json_schema()).iter_errors(data)) == []


def test_starter_lists_every_provider_but_test_doubles(env: Mapping[str, str]) -> None:
    rows = specs()["inference"].values()
    assert [entry.provider_type for entry in resolve("starter", env).providers["inference"]] == [
        row.provider_type for row in rows if not row.double
    ]


def test_starter_takes_keys_and_addresses_from_the_environment(env: Mapping[str, str]) -> None:
    config = resolve("starter", {**env, "GROQ_API_KEY": "12345", "OLLAMA_URL": "http://far:1/v1"})
    by_id = {entry.provider_id: entry.config for entry in config.providers["inference"]}
    assert by_id["groq"]["api_key"] == "12345"
    assert by_id["ollama"]["base_url"] == "http://far:1/v1"
    assert by_id["openai"]["api_key"] is None


def test_starter_serves_the_model_that_the_environment_names(env: Mapping[str, str]) -> None:
    assert resolve("starter", env).registered_resources.models == []
    asked = {**env, "INFERENCE_MODEL": "llama3.2:1b", "INFERENCE_PROVIDER": "ollama"}
    (model,) = resolve("starter", asked).registered_resources.models
    assert (model.model_id, model.provider_id) == ("llama3.2:1b", "ollama")
    assert "no inference provider 'olama' is configured; did you mean 'ollama'?" in refusal(
        "starter", {**asked, "INFERENCE_PROVIDER": "olama"}
    )


def test_starter_keeps_its_state_where_it_is_told(env: Mapping[str, str]) -> None:
    home = resolve("starter", env).storage.backends
    assert home["kv_default"].db_path == Path.home() / ".llama/distributions/starter/kvstore.db"
    moved = resolve("starter", {**env, "SQLITE_STORE_DIR": "/data"}).storage.backends
    assert moved["sql_default"].db_path == Path("/data/sql_store.db")


def test_starter_gpu_says_how_many_layers_go_to_the_card(env: Mapping[str, str]) -> None:
    config = resolve("starter-gpu", {**env, "GPU_LAYERS": "20"})
    assert (
        next(entry for entry in config.providers["inference"] if entry.provider_id == "llama-cpp").config["gpu_layers"]
        == "20"
    )


def test_ci_tests_has_the_test_doubles_and_leaves_nothing_on_disk(env: Mapping[str, str]) -> None:
    config = resolve("ci-tests", env)
    assert ids(config)[-2:] == ["echo", "scripted"]
    assert {backend.type for backend in config.storage.backends.values()} == {"kv_memory", "sql_memory"}


@pytest.mark.parametrize("line", ["inference=groq", "inference=remote::groq", "inference=groq, inference = groq,"])
def test_a_line_makes_a_stack(line: str, env: Mapping[str, str]) -> None:
    config = resolve(line, env)
    assert (ids(config), config.distro_name) == (["groq"], "ad-hoc-groq")


def test_a_line_may_name_several_providers_and_test_doubles(env: Mapping[str, str]) -> None:
    assert ids(resolve("inference=ollama,inference=echo", env)) == ["ollama", "echo"]


def test_every_mistake_in_a_line_is_told(env: Mapping[str, str]) -> None:
    assert refusal("inference=gorq,post_training=x,inference=remote::olama,inference=", env).splitlines()[:3] == [
        "inference=gorq: no inference provider 'gorq'; did you mean 'groq'?",
        "post_training=x: no API 'post_training' takes providers in this version; "
        "known: file_processors, files, inference, tool_runtime, vector_io",
        "inference=remote::olama: no inference provider 'remote::olama'; did you mean 'remote::ollama'?",
    ]


def test_two_providers_of_one_name_are_told_apart() -> None:
    row = specs()["inference"]["inline::echo"]
    registry = {"inference": {"inline::echo": row, "remote::echo": type(row)("inference", "remote::echo", row.impl)}}
    with pytest.raises(ConfigError, match="echo may be inline::echo or remote::echo: write one of them"):
        ad_hoc("inference=echo", registry)
    both = ad_hoc("inference=inline::echo,inference=remote::echo", registry).run_yaml(registry)
    assert "provider_id: inline-echo" in both
    assert "provider_id: remote-echo" in both


def test_an_unknown_name_is_told_with_the_nearest(env: Mapping[str, str]) -> None:
    assert refusal("startr", env) == (
        "no distribution 'startr'; did you mean 'starter'? "
        "A path of a run config works as well, and `inference=ollama`."
    )
    with pytest.raises(
        ConfigError, match="no distribution 'zzz'; known: ci-tests, postgres-demo, starter, starter-gpu"
    ):
        find("zzz")


def test_a_path_a_folder_and_a_mapping_are_read(tmp_path: Path, env: Mapping[str, str]) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("distro_name: mine\nproviders: {}\n")
    mapping = {"distro_name": "mine", "providers": {}}
    assert [resolve(source, env).distro_name for source in (file, str(file), tmp_path, mapping)] == ["mine"] * 4
    assert refusal(str(tmp_path / "other.yaml"), env).endswith("other.yaml cannot be read: No such file or directory")


def test_a_users_own_run_yaml_comes_before_ours(env: Mapping[str, str]) -> None:
    for name in ("starter", "my-own"):
        file = run_file(name, env)
        file.parent.mkdir(parents=True)
        file.write_text(f"distro_name: edited-{name}\nproviders: {{}}\n")
    assert resolve("starter", env).distro_name == "edited-starter"
    assert resolve("my-own", env).distro_name == "edited-my-own"
    assert "did you mean 'my-own'?" in refusal("my-ow", env)


def test_a_mistake_in_the_environment_is_told_with_its_line(env: Mapping[str, str]) -> None:
    line = refusal("starter", {**env, "LLAMA_STACK_PORT": "many"})
    assert line.startswith("starter/run.yaml:")
    assert line.endswith("server.port: should be a valid integer, unable to parse string as an integer")


def test_postgres_demo_takes_its_server_from_the_environment(env: Mapping[str, str]) -> None:
    by_default = resolve("postgres-demo", env).storage.backends
    assert {backend.type for backend in by_default.values()} == {"kv_postgres", "sql_postgres"}
    there = resolve("postgres-demo", {**env, "POSTGRES_HOST": "db", "POSTGRES_PORT": "6", "POSTGRES_PASSWORD": "12"})
    for backend in there.storage.backends.values():
        assert isinstance(backend, PostgresServer)
        assert (backend.host, backend.port, backend.db, backend.user) == ("db", 6, "llamastack", "llamastack")
        assert backend.password == SecretStr("12")
