"""`llama stack files` against a server."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.command import LLAMA, running


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    home = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": os.environ["PATH"], "COLUMNS": "100"}
    with running("files=localfs", "--port", "0", env=home) as (url, _, _):
        yield {**home, "LLAMA_STACK_URL": url}


def files(*words: str, env: Mapping[str, str], cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    command = [LLAMA, "stack", "files", *words]
    return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, check=False)


def test_a_file_goes_there_and_comes_back(env: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "naïve notes.txt").write_text("hello\n")
    made = files("upload", "naïve notes.txt", "--purpose", "evals", env=env, cwd=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")
    file_id = made.stdout.strip()
    listed = files("list", "--purpose", "evals", env=env).stdout.splitlines()
    assert [line.split() for line in listed] == [
        ["FILE", "BYTES", "PURPOSE", "NAME"],
        [file_id, "6", "evals", "naïve", "notes.txt"],
    ]
    assert files("download", file_id, "-o", "-", env=env).stdout == "hello\n"
    (tmp_path / "there").mkdir()
    saved = files("download", file_id, env=env, cwd=tmp_path / "there")
    assert saved.stdout == "naïve notes.txt\n"
    assert (tmp_path / "there" / "naïve notes.txt").read_text() == "hello\n"
    assert files("delete", file_id, env=env).stdout == f"{file_id} is deleted\n"
    assert files("list", "--purpose", "evals", env=env).stdout == "No files of the purpose evals.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("upload", "nowhere.txt"), "Error: nowhere.txt cannot be read: No such file or directory\n"),
        (("download", "file-x"), "Error: there is no file 'file-x'\n"),
        (("delete", "file-x"), "Error: there is no file 'file-x'\n"),
        (("list", "--url", "localhost:9"), "Error: no server answers at http://localhost:9; start one with"),
    ],
)
def test_what_goes_wrong_is_told_in_a_line(
    env: Mapping[str, str], tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    failed = files(*words, env=env, cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith(said)
    assert failed.stderr.count("\n") == 1
