"""What providers need beyond the core."""

from pathlib import Path

import pytest

from llama_stack.cli.command import Failure
from llama_stack.cli.stack.packages import install_missing, requirements
from llama_stack.core.config import RunConfig
from llama_stack.core.config.models import ProviderEntry
from llama_stack.providers.registry import specs
from llama_stack.providers.spec import ProviderSpec


def needing(module: str, package: str) -> ProviderSpec:
    return ProviderSpec("inference", "inline::odd", "nowhere:Odd", requires=(module,), pip_packages=(package,))


def config() -> RunConfig:
    return RunConfig(providers={"inference": [ProviderEntry(provider_id="odd", provider_type="inline::odd")]})


@pytest.fixture
def row(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one provider there is."""
    monkeypatch.setitem(specs()["inference"], "inline::odd", request.param)


def test_requirements_are_sorted_and_each_is_named_once() -> None:
    rows = [needing("b", "b>=2"), needing("a", "a"), needing("a", "a")]
    assert requirements(rows) == ["a", "b>=2"]


def test_an_extra_stands_for_its_packages() -> None:
    names = [each.partition(">")[0] for each in requirements([specs()["inference"]["inline::llama-cpp"]])]
    assert names == ["gguf", "xllamacpp"]


@pytest.mark.parametrize("row", [needing("json", "no-such-package")], indirect=True)
@pytest.mark.usefixtures("row")
def test_nothing_is_installed_when_nothing_is_missing() -> None:
    assert install_missing(config()) is False


@pytest.mark.parametrize("row", [needing("no_such_module", "./no-such-package")], indirect=True)
@pytest.mark.usefixtures("row")
def test_an_installation_that_fails_is_told_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installer = tmp_path / "uv"
    installer.write_text("#!/bin/sh\nexit 1\n")
    installer.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match=r"the command was\n.*/uv pip install --python .* \./no-such-package"):
        install_missing(config())
