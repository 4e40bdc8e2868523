"""The guide on migration shows what the command does."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.house.modules import ROOT

GUIDE = (ROOT / "docs/guides/migration.md").read_text()


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_example_yields_what_is_shown(
    llama: Callable[..., Result], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    (home / "config.yaml").write_text(block("yaml config.yaml"))
    program, *words = block("sh").split()
    ran = llama(*words)
    assert program == "llama"
    assert ran.stderr == block("text")
    assert (home / "run.yaml").read_text() == block("yaml run.yaml")
