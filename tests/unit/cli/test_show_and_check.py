"""A run config, looked at before it is served."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from ruamel.yaml import YAML

from llama_stack.distributions import find

Llama = Callable[..., Result]

WRONG = """\
providers:
  inference:
    - provider_id: groq
      provider_type: remote::grok
    - provider_id: openai
      provider_type: remote::openai
      config: {api_key: "${env.NOT_SET_ANYWHERE}"}
sever: {}
"""


@pytest.fixture
def wrong(home: Path) -> str:
    file = home / "run.yaml"
    file.write_text(WRONG)
    return str(file)


def test_what_is_in_force_is_yaml_with_the_environment_filled_in_and_secrets_masked(llama: Llama) -> None:
    output = llama("stack", "show", "inference=groq", env={"GROQ_API_KEY": "gsk-1", "LLAMA_STACK_PORT": "9000"}).output
    shown = YAML(typ="safe").load(output)
    assert shown["server"]["port"] == 9000
    assert shown["providers"]["inference"][0]["config"]["api_key"] == "**********"
    assert "gsk-1" not in output


@pytest.mark.parametrize("target", ["starter", "ci-tests"])
def test_a_template_is_the_run_yaml_of_a_distribution(llama: Llama, target: str) -> None:
    assert llama("stack", "show", target, "--template").output == find(target).run_yaml()


def test_a_template_can_be_made_from_providers(llama: Llama) -> None:
    assert "provider_type: remote::ollama" in llama("stack", "show", "inference=ollama", "--template").output


def test_a_file_is_its_own_template(llama: Llama, wrong: str) -> None:
    assert llama("stack", "show", wrong, "--template").output == WRONG


def test_the_schema_is_json(llama: Llama) -> None:
    assert json.loads(llama("stack", "show", "--schema").output)["title"] == "RunConfig"


def test_a_right_config_is_told_so(llama: Llama) -> None:
    checked = llama("stack", "check", "inference=echo")
    assert (checked.exit_code, checked.output) == (0, "inference=echo: no mistakes; 1 provider\n")


def test_all_mistakes_are_told_at_once_with_code_1(llama: Llama, wrong: str) -> None:
    checked = llama("stack", "check", wrong)
    assert checked.exit_code == 1
    assert [line.removeprefix(wrong).split(": ")[:2] for line in checked.output.splitlines()[:3]] == [
        [":4:22", "providers.inference[0].provider_type"],
        [":7:25", "providers.inference[1].config.api_key"],
        [":8:1", "sever"],
    ]
    assert checked.output.splitlines()[3:] == [f"Error: {wrong}: 3 mistakes"]


def test_a_live_check_tells_the_state_of_each_provider_and_the_reason(llama: Llama) -> None:
    checked = llama("stack", "check", "inference=echo,inference=groq,inference=passthrough", "--live")
    assert checked.exit_code == 0
    assert [" ".join(line.split()) for line in checked.output.splitlines()[2:]] == [
        "PROVIDER STATE MODELS WHY",
        "echo ready 2",
        "groq unconfigured set GROQ_API_KEY",
        "passthrough unconfigured set PASSTHROUGH_URL to its address",
    ]


def test_a_live_check_shows_a_service_that_is_not_there_as_degraded(llama: Llama) -> None:
    checked = llama("stack", "check", "inference=passthrough", "--live", env={"PASSTHROUGH_URL": "http://127.0.0.1:9"})
    assert checked.exit_code == 0
    assert "degraded" in checked.output
    assert "cannot be reached at http://127.0.0.1:9" in checked.output


@pytest.mark.parametrize("command", ["show", "list-deps", "run"])
def test_other_commands_refuse_a_wrong_config_with_every_mistake_and_code_2(
    llama: Llama, wrong: str, command: str
) -> None:
    refused = llama("stack", command, wrong)
    assert refused.exit_code == 2
    assert refused.output.startswith(f"Error: 3 mistakes:\n  {wrong}:4:22: ")


def test_a_name_that_is_no_target_gets_the_nearest_one(llama: Llama) -> None:
    refused = llama("stack", "show", "startre")
    assert refused.exit_code == 2
    assert "no distribution 'startre'; did you mean 'starter'?" in refused.output
