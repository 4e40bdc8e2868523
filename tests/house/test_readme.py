"""What the README shows is run as it stands, on the provider that it names."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.house.modules import ROOT

README = (ROOT / "README.md").read_text()
LLAMA = str(Path(sys.executable).with_name("llama"))
SHOWN = "http://localhost:8321"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


OVER_HTTP = [block for block in blocks("python") if "localhost" in block]
LOCAL = [block for block in blocks("python") if block not in OVER_HTTP]
WITH_FILES = [block for block in OVER_HTTP if "vector_stores" in block]


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    """A user without keys, at home in an empty folder."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}


def output(code: str, env: Mapping[str, str]) -> str:
    """What a script prints."""
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@contextmanager
def serving(what: str, env: Mapping[str, str], log: Path) -> Iterator[str]:
    """`llama stack run …`, until it is ready and then until it is no longer needed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [LLAMA, "stack", "run", what, "--port", str(port)]
    with log.open("w") as out, subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT) as server:
        try:
            wait_for(f"http://localhost:{port}/v1/health", server, log)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            with urlopen(url):
                return
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
    pytest.fail(f"{url} did not answer in 20 seconds\n{log.read_text()}")


@pytest.mark.parametrize("code", LOCAL)
def test_the_library_example_says_hello(code: str, env: Mapping[str, str]) -> None:
    assert output(code, env) == "Hello, llama"


def test_the_http_examples_say_hello(env: Mapping[str, str], tmp_path: Path) -> None:
    assert "`llama stack run inference=echo`" in README
    with serving("inference=echo", env, tmp_path / "log") as url:
        said = [output(code.replace(SHOWN, url), env) for code in OVER_HTTP if code not in WITH_FILES]
        assert said == ["Hello, llama"] * len(said)


def test_the_example_with_files_finds_what_was_put_in(env: Mapping[str, str], tmp_path: Path) -> None:
    (code,) = WITH_FILES
    with serving("starter", env, tmp_path / "log") as url:
        assert output(code.replace(SHOWN, url), env) == "Llamas live in the Andes and eat grass."


def test_there_is_an_example_of_each_door() -> None:
    assert LOCAL
    assert OVER_HTTP


@pytest.mark.parametrize("config", blocks("yaml"))
def test_the_run_config_passes_the_check(config: str, env: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(config)
    keys = dict.fromkeys(re.findall(r"\$\{env\.(\w+)", config), "a-key")
    command = [LLAMA, "stack", "check", str(tmp_path / "run.yaml")]
    ran = subprocess.run(command, env={**env, **keys}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"])
def test_a_page_names_targets_and_files_that_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= targets
    assert [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (ROOT / link).exists()] == []
