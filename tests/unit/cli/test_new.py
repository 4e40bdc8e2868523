"""What `llama stack new` writes, and what it refuses to write."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from llama_stack.distributions import resolve

Llama = Callable[..., Result]


@pytest.fixture(autouse=True)
def _here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "work").mkdir()
    monkeypatch.chdir(home / "work")


def refusal(result: Result) -> str:
    """What is said when something can be put right."""
    assert result.exit_code == 2
    return result.output.removeprefix("Error: ").rstrip()


def test_a_provider_is_a_package_and_says_what_to_do_next(llama: Llama) -> None:
    assert llama("stack", "new", "provider", "acme").output.splitlines() == [
        "Wrote llama-stack-provider-acme, a package with the provider remote::acme. Next:",
        "  cd llama-stack-provider-acme && pip install -e '.[test]' && pytest",
    ]
    folder = Path("llama-stack-provider-acme")
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()) == [
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "run.yaml",
        "src/llama_stack_provider_acme/__init__.py",
        "src/llama_stack_provider_acme/provider.py",
        "tests/test_provider.py",
    ]
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"llama_stack.providers": {"acme": "llama_stack_provider_acme:PROVIDER"}}


@pytest.mark.parametrize("kind", ["remote", "inline"])
def test_every_word_of_the_templates_is_filled_in(llama: Llama, kind: str) -> None:
    assert llama("stack", "new", "provider", "a-b2", "--kind", kind, "--path", "there").exit_code == 0
    texts = [path.read_text() for path in Path("there").rglob("*") if path.is_file()]
    assert [text for text in texts if "{{" in text] == []
    assert any("class AB2Provider:" in text for text in texts)


@pytest.mark.parametrize("name", ["Acme", "2fast", "a_b", "a--b", "a-", "ac me", "../acme", "provider"])
def test_a_name_that_python_or_the_stack_could_not_use_is_refused(llama: Llama, name: str) -> None:
    said = refusal(llama("stack", "new", "provider", name))
    assert said.startswith(f"{name!r} is no name for a provider: use small letters, digits and single hyphens")
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("groq",), "there is an inference provider remote::groq already; choose another name"),
        (
            ("acme", "--api", "inferense"),
            "there is no template for providers of 'inferense'; did you mean 'inference'?",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(llama: Llama, words: tuple[str, ...], message: str) -> None:
    assert refusal(llama("stack", "new", "provider", *words)) == message


def test_nothing_is_overwritten(llama: Llama) -> None:
    Path("full").mkdir()
    Path("full/file").touch()
    said = refusal(llama("stack", "new", "provider", "acme", "--path", "full"))
    assert said == "full is there already and not empty; choose another place with --path"
    assert llama("stack", "new", "distribution", "mine").exit_code == 0
    assert refusal(llama("stack", "new", "distribution", "mine")).endswith(
        "mine/run.yaml is there already; edit it, or choose another name"
    )


def test_a_folder_that_cannot_be_written_is_told(llama: Llama) -> None:
    Path("file").touch()
    said = llama("stack", "new", "provider", "acme", "--path", "file/below")
    assert said.exit_code == 1
    assert said.output.startswith("Error: file/below")
    assert "cannot be written: " in said.output


def test_a_distribution_begins_as_another(llama: Llama, home: Path) -> None:
    assert llama("stack", "new", "distribution", "mine").exit_code == 0
    config = resolve("mine")
    assert config.distro_name == "mine"
    assert [e.provider_id for e in config.providers["inference"]] == [
        e.provider_id for e in resolve("starter").providers["inference"]
    ]
    assert config.storage.backends["kv_default"].db_path == home / ".llama/distributions/mine/kvstore.db"


def test_a_distribution_begins_as_a_list_of_providers_in_a_folder_of_ones_choice(llama: Llama) -> None:
    made = llama("stack", "new", "distribution", "mine", "--from", "inference=ollama,inference=echo", "--path", "here")
    assert made.output == "Wrote here/run.yaml. Next:\n  llama stack run here/\n"
    assert [entry.provider_id for entry in resolve(Path("here")).providers["inference"]] == ["ollama", "echo"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("starter",), "starter is a built-in distribution: `llama stack run starter` keeps a run.yaml of it for you"),
        (("My",), "'My' is no name: use small letters, digits and single hyphens, a letter first"),
        (("mine", "--from", "startr"), "no distribution 'startr'; did you mean 'starter'?"),
        (("mine", "--from", "inference=gorq"), "inference=gorq: no inference provider 'gorq'; did you mean 'groq'?"),
    ],
)
def test_a_distribution_that_cannot_be_is_refused(llama: Llama, words: tuple[str, ...], message: str) -> None:
    assert refusal(llama("stack", "new", "distribution", *words)) == message
