"""`llama stack run` as a person runs it: a process, its words, a signal."""

import json
import os
import re
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.support.command import LLAMA, running


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    """A user without keys, at home in an empty folder."""
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "COLUMNS": "100"}


def refused(*words: str, env: Mapping[str, str]) -> str:
    """What a start that fails with code 2 says."""
    ran = subprocess.run([LLAMA, "stack", "run", *words], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    return ran.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_says_where_it_is_answers_and_ends_at_a_signal(env: Mapping[str, str], workers: str) -> None:
    with running("inference=echo", "--port", "0", "--workers", workers, env=env) as (url, said, process):
        assert f"serves ad-hoc-echo at {url}\n" in said
        assert "Models     2: echo/echo, echo/echo-embedding\n  Ready      echo (2 models)\n" in said
        with urlopen(f"{url}/v1/health") as health:
            assert json.load(health) == {"status": "OK"}
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        assert rest == "\nStopped.\n"
        assert "Traceback" not in errors


def test_what_the_banner_proposes_works(env: Mapping[str, str]) -> None:
    with running("inference=echo", "--port", "0", env=env) as (url, said, _):
        proposed = re.search(r"curl (\S+) -H '([^:]+): ([^']+)' \\\n\s+-d '(.*)'\n", said)
        assert proposed is not None
        where, header, value, body = proposed.groups()
        with urlopen(Request(where, body.encode(), {header: value})) as answer:
            assert json.load(answer)["choices"][0]["message"]["content"] == "Hello"
        chat = re.search(r"Try it +(llama chat --url \S+)\n", said)
        assert chat is not None
        assert chat[1] == f"llama chat --url {url}"


def test_starter_without_keys_starts_and_keeps_its_run_config(env: Mapping[str, str], tmp_path: Path) -> None:
    with running("starter", "--port", "0", env=env) as (_, said, _):
        assert said.startswith("Wrote ~/.llama/distributions/starter/run.yaml; it is yours to edit\n")
        assert re.search(r"For more   set .*\bOPENAI_API_KEY,", said)
    assert (tmp_path / ".llama/distributions/starter/run.yaml").is_file()
    with running("starter", "--port", "0", env=env) as (_, said, _):
        assert said.startswith("Using ~/.llama/distributions/starter/run.yaml\n")


def test_variables_given_with_env_reach_the_config_and_the_other_options(env: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = (
        "--env",
        f"LLAMA_STACK_PORT={port}",
        "--env",
        "INFERENCE_MODEL=parrot",
        "--env",
        "INFERENCE_PROVIDER=echo",
    )
    with running("inference=echo", *options, env=env) as (url, said, _):
        assert url.endswith(f":{port}")
        assert "Models     3: parrot, echo/echo, echo/echo-embedding\n" in said
        assert '"model": "parrot"' in said


def test_a_port_that_is_taken_is_told_in_one_line(env: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("inference=echo", "--port", str(port), env=env)
    assert said.startswith(f"Error: cannot listen on 127.0.0.1:{port}: Address already in use")
    assert said.count("\n") == 1


def test_a_wrong_config_is_told_with_every_mistake(env: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text("providers: {}\nprot: 1\nserver: {port: high}\n")
    said = refused(str(tmp_path / "run.yaml"), env=env)
    assert said.startswith("Error: 2 mistakes:\n")
    assert "run.yaml:2:1: prot: unknown key" in said
    assert "run.yaml:3:16: server.port: " in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--port", "70000"), "Error: port: "),
        (("--workers", "0"), "Error: workers: "),
        (("--env", "KEY"), "'KEY' is not NAME=VALUE"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(env: Mapping[str, str], words: tuple[str, ...], message: str) -> None:
    assert message in refused("inference=echo", *words, env=env)
