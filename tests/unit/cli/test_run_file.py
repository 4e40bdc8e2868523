"""The user's own run.yaml of a distribution: written once, then theirs."""

from pathlib import Path

import pytest

from llama_stack.cli.stack.run_file import keep_run_file
from llama_stack.distributions import find, own_file

KEPT = ".llama/distributions/starter/run.yaml"


def test_it_is_written_when_absent(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep_run_file("starter")
    assert capsys.readouterr().out == f"Wrote ~/{KEPT}; it is yours to edit\n"
    assert (home / KEPT).read_text() == find("starter").run_yaml()


def test_it_is_used_as_it_is_when_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / KEPT).parent.mkdir(parents=True)
    (home / KEPT).write_text("version: 2")
    keep_run_file("starter")
    assert capsys.readouterr().out == f"Using ~/{KEPT}\n"
    assert (home / KEPT).read_text() == "version: 2"


def test_it_lies_where_the_environment_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_STACK_CONFIG_DIR", str(home / "elsewhere"))
    keep_run_file("starter")
    assert own_file("starter") == home / "elsewhere/distributions/starter/run.yaml"


@pytest.mark.parametrize("target", ["ci-tests", "inference=echo", "./run.yaml", "unknown"])
def test_what_keeps_nothing_on_disk_leaves_no_file(home: Path, target: str) -> None:
    keep_run_file(target)
    assert list(home.iterdir()) == []


def test_a_folder_that_cannot_be_written_keeps_nothing_from_starting(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".llama").write_text("a file where the folder should be")
    keep_run_file("starter")
    assert "cannot be written (Not a directory); using the built-in starter" in capsys.readouterr().err
