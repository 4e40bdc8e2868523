"""What is said once a server answers."""

import click
import pytest

from llama_stack.apis.models import Model
from llama_stack.apis.providers import Health
from llama_stack.cli.stack.banner import banner
from llama_stack.core.resolver import Provider
from llama_stack.providers.registry import specs
from llama_stack.providers.spec import ProviderSpec

Row = tuple[Provider, Health]


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def row(kind: str, state: str, reason: str | None = None, **settings: str) -> Row:
    spec = specs()["inference"][kind]
    provider_id = kind.partition("::")[2]
    return Provider("inference", provider_id, spec, settings), Health.model_validate({"state": state, "reason": reason})


def model(identifier: str, provider_id: str, model_type: str = "llm") -> Model:
    return Model.model_validate(
        {"identifier": identifier, "provider_id": provider_id, "provider_resource_id": identifier}
        | {"model_type": model_type, "source": "listed"}
    )


def text(models: list[Model], rows: list[Row], *, preferred: str | None = None, port: int = 8321) -> str:
    lines = banner("starter", f"http://127.0.0.1:{port}", models, rows, preferred=preferred)
    return click.unstyle("\n".join(lines))


def test_a_stack_that_has_nothing_says_what_to_set_and_what_to_start() -> None:
    rows = [
        row("remote::openai", "unconfigured", "set OPENAI_API_KEY"),
        row("remote::groq", "unconfigured", "set GROQ_API_KEY"),
        row("remote::ollama", "unconfigured", "no server", base_url="http://localhost:11434/v1"),
        row("remote::vllm", "unconfigured", "no server", base_url="http://localhost:8000/v1"),
        row("remote::passthrough", "unconfigured", "set PASSTHROUGH_URL"),
    ]
    assert (
        text([], rows)
        == """
Llama Stack 0.1.0 serves starter at http://127.0.0.1:8321

  Models     none yet; configure a provider, or start a local server
  For more   set OPENAI_API_KEY, GROQ_API_KEY, PASSTHROUGH_URL
             or start a server on its usual port (ollama, vllm), or say where it is (OLLAMA_URL,
             VLLM_URL)
"""
    )


def test_what_is_there_is_told_with_the_preferred_model_first_and_a_line_to_try() -> None:
    models = [model("groq/a", "groq"), model("groq/b", "groq"), model("ollama/c", "ollama"), model("c", "ollama")]
    rows = [
        row("remote::groq", "ready"),
        row("remote::ollama", "ready"),
        row("remote::openai", "degraded", "wrong key"),
    ]
    assert (
        text(models, rows, preferred="c")
        == """
Llama Stack 0.1.0 serves starter at http://127.0.0.1:8321

  Models     4: c, groq/a, groq/b, ollama/c
  Ready      groq (2 models), ollama (2 models)
  Degraded   openai: wrong key
  Try it     llama chat
             curl http://127.0.0.1:8321/v1/chat/completions -H 'content-type: application/json' \\
               -d '{"model": "c", "messages": [{"role": "user", "content": "Hello"}]}'
"""
    )


def test_where_only_a_toy_chats_the_command_that_brings_a_real_model_is_told() -> None:
    toy = model("demo/toy", "demo").model_copy(
        update={"metadata": {"better": "LLAMA_MODEL=hf:org/repo:Q4 llama stack run"}}
    )
    shown = text([toy], [row("inline::demo", "ready")])
    assert "Better     demo/toy is a toy; this brings a real model:\n             LLAMA_MODEL=hf:org/repo:Q4" in shown
    assert "Better" not in text([model("groq/a", "groq"), toy], [row("remote::groq", "ready")])


def test_many_models_are_counted_and_a_few_are_named() -> None:
    models = [model(f"groq/{n}", "groq") for n in range(7)]
    assert "Models     7: groq/0, groq/1, groq/2, groq/3, groq/4, …\n" in text(models, [row("remote::groq", "ready")])


def test_without_a_model_that_chats_no_chat_is_proposed() -> None:
    assert "Try it" not in text([model("echo-embedding", "echo", "embedding")], [row("inline::echo", "ready")])


def test_on_another_port_the_chat_is_told_where() -> None:
    assert "llama chat --url http://127.0.0.1:9\n" in text([model("m", "groq")], [row("remote::groq", "ready")], port=9)


def test_a_provider_that_cannot_run_says_what_is_missing() -> None:
    shown = text([], [row("inline::echo", "unavailable", "no such file: x.gguf")])
    assert "Missing    no such file: x.gguf\n" in shown


def test_what_is_not_installed_can_be_installed_by_the_start() -> None:
    spec = ProviderSpec("inference", "inline::odd", "nowhere:Odd", requires=("no_such_module",), pip_packages=("odd",))
    health = Health(state="unavailable", reason="inline::odd needs no_such_module: pip install odd")
    shown = text([], [(Provider("inference", "odd", spec, {}), health)])
    assert "Missing    inline::odd needs no_such_module: pip install odd (or --install)\n" in shown


@pytest.mark.parametrize("columns", ["60", "100"])
def test_lines_fit_the_terminal(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    rows = [row(kind, "unconfigured") for kind in specs()["inference"] if kind.startswith("remote::")]
    assert max(map(len, text([], rows).splitlines())) <= int(columns)


def test_of_many_ways_the_first_are_shown_and_where_the_rest_is() -> None:
    names = ("openai", "anthropic", "gemini", "mistral", "groq", "together", "cerebras")
    lines = text([], [row(f"remote::{name}", "unconfigured", "no key") for name in names]).splitlines()
    assert lines[-2].endswith("TOGETHER_API_KEY, …")
    assert lines[-1].strip() == "`llama stack list-providers` shows what each of all 7 needs"
