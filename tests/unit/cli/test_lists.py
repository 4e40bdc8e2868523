"""What there is to choose from, as tables."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from llama_stack.apis import APIS
from llama_stack.distributions import distributions
from llama_stack.providers.registry import specs

Llama = Callable[..., Result]


def line(output: str, start: str) -> str:
    """The one line that begins with a word."""
    (found,) = [line for line in output.splitlines() if line.split(" ")[0] == start]
    return " ".join(found.split())


def test_every_distribution_is_listed(llama: Llama) -> None:
    output = llama("stack", "list").output
    assert all(line(output, name).startswith(f"{name} built in ") for name in distributions())


def test_a_run_config_that_the_user_keeps_is_listed(llama: Llama, home: Path) -> None:
    for name in ("starter", "mine"):
        file = home / ".llama/distributions" / name / "run.yaml"
        file.parent.mkdir(parents=True)
        file.write_text("providers: {}")
    output = llama("stack", "list").output
    assert line(output, "starter").startswith("starter ~/.llama/distributions/starter/run.yaml every provider")
    assert line(output, "mine") == "mine ~/.llama/distributions/mine/run.yaml a distribution of your own"


def test_every_api_is_listed_with_what_it_is_for(llama: Llama) -> None:
    output = llama("stack", "list-apis").output
    assert line(output, "inference").endswith("Run models.")
    assert all(line(output, name) for name in APIS)


def test_every_provider_type_is_listed(llama: Llama) -> None:
    for api, rows in specs().items():
        output = llama("stack", "list-providers", api).output
        assert all(line(output, name) for name in rows)
        assert output in llama("stack", "list-providers").output


@pytest.mark.parametrize(
    ("provider_type", "environment", "state"),
    [
        ("remote::groq", {}, "set GROQ_API_KEY"),
        ("remote::groq", {"GROQ_API_KEY": "x"}, "ready"),
        ("remote::ollama", {}, "start it, or set OLLAMA_URL"),
        ("remote::ollama", {"OLLAMA_URL": "http://there/v1"}, "ready"),
        ("remote::passthrough", {}, "set PASSTHROUGH_URL"),
        ("inline::echo", {}, "ready"),
    ],
)
def test_a_provider_type_says_what_it_needs(
    llama: Llama, provider_type: str, environment: dict[str, str], state: str
) -> None:
    output = llama("stack", "list-providers", "inference", env={**environment, "COLUMNS": "120"}).output
    assert line(output, provider_type).startswith(f"{provider_type} {state} ")


def test_an_api_without_providers_is_refused_with_those_that_have_some(llama: Llama) -> None:
    refused = llama("stack", "list-providers", "inferense")
    assert refused.exit_code == 2
    assert refused.output == "Error: no providers for an API 'inferense'; did you mean 'inference'?\n"


def test_the_packages_of_a_stack_are_listed_one_a_line(llama: Llama) -> None:
    lines = llama("stack", "list-deps", "inference=llama-cpp,inference=echo").output.splitlines()
    assert [each.partition(">")[0] for each in lines] == ["gguf", "xllamacpp"]


def test_the_packages_of_a_stack_are_a_command_for_uv(llama: Llama) -> None:
    output = llama("stack", "list-deps", "inference=llama-cpp", "--format", "uv").output
    assert output.startswith("uv pip install 'gguf>=")


def test_a_stack_of_core_parts_needs_no_package(llama: Llama) -> None:
    assert llama("stack", "list-deps", "inference=echo", "--format", "uv").output == ""
