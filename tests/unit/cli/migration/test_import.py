"""`llama stack import`, as it is typed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from llama_stack.core.config import load_config
from llama_stack.core.migration import import_file
from llama_stack.core.migration.result import switched_on

Llama = Callable[..., Result]

CONFIG = """\
model_list:
  - model_name: fast
    litellm_params: {model: groq/llama-3.3-70b-versatile, api_key: gsk-12345, rpm: 10}
  - model_name: small
    litellm_params: {model: groq/llama-3.1-8b-instant, api_key: gsk-12345, rpm: 20}
  - model_name: embed
    litellm_params: {model: hosted_vllm/bge-m3, api_base: "http://gpu:8000/v1"}
    model_info: {mode: embedding}
"""
TEXT = """\
# Imported from config.yaml, a config of LiteLLM.
#
# ${env.NAME} is the environment variable NAME; ${env.NAME:=x} is x when NAME is unset or empty.
# `llama stack check` names every mistake with its line; `llama stack show` prints what is in force.
version: 2
distro_name: litellm

providers:
  inference:
  # Groq
  - provider_id: groq
    provider_type: remote::groq
    config:
      api_key: ${env.GROQ_API_KEY}
      allowed_models:
      - llama-3.3-70b-versatile
      - llama-3.1-8b-instant
  # vLLM
  - provider_id: vllm
    provider_type: remote::vllm
    config:
      base_url: http://gpu:8000/v1
      api_key: ${env.HOSTED_VLLM_API_KEY:=}
      allowed_models:
      - bge-m3

# The names that callers use, and who serves each.
registered_resources:
  models:
  - model_id: fast
    provider_id: groq
    provider_model_id: llama-3.3-70b-versatile
  - model_id: small
    provider_id: groq
    provider_model_id: llama-3.1-8b-instant
  - model_id: embed
    provider_id: vllm
    provider_model_id: bge-m3
    model_type: embedding

# `host: 0.0.0.0` to be reached from other machines; callers are not authenticated.
server:
  host: ${env.LLAMA_STACK_HOST:=127.0.0.1}
  port: ${env.LLAMA_STACK_PORT:=8321}
"""


@pytest.fixture
def config(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(home)
    (home / "config.yaml").write_text(CONFIG)
    return home / "config.yaml"


def test_a_dash_prints_the_run_config_and_nothing_else(llama: Llama, config: Path) -> None:
    assert llama("stack", "import", "config.yaml", "--to", "-").stdout == TEXT


def test_what_is_to_be_known_is_told_on_standard_error(llama: Llama, config: Path) -> None:
    ran = llama("stack", "import", "config.yaml")
    assert ran.exit_code == 0
    assert ran.stdout == ""
    assert ran.stderr == (
        "config.yaml:3:59: model_list[0].litellm_params.api_key: "
        "a secret in clear text stays out of the run config; set GROQ_API_KEY to it (line 5 as well)\n"
        "config.yaml:3:79: model_list[0].litellm_params.rpm: "
        "this version neither limits nor bills requests; let what stands before it count (line 5 as well)\n"
        "Wrote run.yaml: 2 providers, 3 models; 2 parts not carried over\n"
        "Set GROQ_API_KEY\n"
        "Then: llama stack check run.yaml --live\n"
    )
    assert (config.parent / "run.yaml").read_text() == TEXT


def test_what_is_written_passes_the_check_once_its_variables_are_set(llama: Llama, config: Path) -> None:
    llama("stack", "import", "config.yaml")
    checked = llama("stack", "check", "run.yaml", env={"GROQ_API_KEY": "x"})
    assert checked.output == "run.yaml: no mistakes; 2 providers\n"


def test_the_text_says_what_the_import_says(llama: Llama, config: Path) -> None:
    llama("stack", "import", "config.yaml")
    imported = import_file(config)
    env = switched_on(imported.config)
    assert load_config("run.yaml", env=env) == load_config(imported.config, env=env)


def test_a_folder_gets_a_run_yaml_and_a_path_its_folders(llama: Llama, config: Path) -> None:
    (config.parent / "there").mkdir()
    llama("stack", "import", "config.yaml", "--to", "there")
    llama("stack", "import", "config.yaml", "--to", "new/folder/mine.yaml")
    assert (config.parent / "there/run.yaml").read_text() == TEXT
    assert (config.parent / "new/folder/mine.yaml").read_text() == TEXT


def test_a_file_that_is_there_is_kept_unless_it_is_forced(llama: Llama, config: Path) -> None:
    mine = config.parent / "run.yaml"
    mine.write_text("mine")
    refused = llama("stack", "import", "config.yaml")
    assert (refused.exit_code, mine.read_text()) == (2, "mine")
    assert refused.stderr == "Error: run.yaml is there already; say --force, or another place with --to\n"
    assert llama("stack", "import", "config.yaml", "--force").exit_code == 0
    assert mine.read_text() == TEXT


def test_strict_writes_nothing_when_something_is_lost(llama: Llama, config: Path) -> None:
    ran = llama("stack", "import", "config.yaml", "--strict")
    assert ran.exit_code == 1
    assert ran.stderr.endswith("Error: config.yaml: nothing was written: 2 parts cannot be carried over\n")
    assert not (config.parent / "run.yaml").exists()


def test_strict_is_content_with_what_is_only_to_be_done(llama: Llama, config: Path) -> None:
    config.write_text("model_list: [{model_name: a, litellm_params: {model: groq/x, api_key: gsk-12345}}]\n")
    ran = llama("stack", "import", "config.yaml", "--strict")
    assert ran.exit_code == 0
    assert "set GROQ_API_KEY to it" in ran.stderr


@pytest.mark.parametrize(
    "text",
    [
        "model_list: [{model_name: a, litellm_params: {model: replicate/x}}]\n",
        "model_list: []\n",
        "providers: {safety: [{provider_id: a, provider_type: b}]}\n",
        "image_name: x\n",
    ],
)
def test_a_config_of_which_nothing_can_be_served_is_refused(llama: Llama, config: Path, text: str) -> None:
    config.write_text(text)
    ran = llama("stack", "import", "config.yaml")
    assert ran.exit_code == 2
    assert ran.stderr.endswith(
        "Error: config.yaml: nothing was written: no provider that it names can be carried over\n"
    )
    assert not (config.parent / "run.yaml").exists()


def test_a_format_can_be_said(llama: Llama, config: Path) -> None:
    config.write_text("environment_variables: {}\n")
    assert "say which with --format" in llama("stack", "import", "config.yaml").stderr
    assert "nothing was written" in llama("stack", "import", "config.yaml", "--format", "litellm").stderr


def test_a_place_that_cannot_be_written_is_told(llama: Llama, config: Path) -> None:
    ran = llama("stack", "import", "config.yaml", "--to", "config.yaml/run.yaml")
    assert ran.exit_code == 1
    assert "Error: config.yaml/run.yaml cannot be written: " in ran.stderr
