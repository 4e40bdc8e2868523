"""`llama chat` against a server, in process, in a pipe and in a terminal."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.command import LLAMA, running

SLOW = """\
providers:
  inference:
  - provider_id: it
    provider_type: inline::scripted
    config:
      repeat: true
      turns:
      - {say: one two three four five six seven eight nine ten, pause_seconds: 0.2}
      - {fail: {status: 401, message: wrong key}}
      - {say: fine}
"""


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    home = str(tmp_path_factory.mktemp("home"))
    return {"HOME": home, "PATH": os.environ["PATH"], "COLUMNS": "100", "TERM": "dumb"}


@pytest.fixture(scope="module")
def url(env: Mapping[str, str]) -> Iterator[str]:
    with running("inference=echo", "--port", "0", env=env) as (url, _, _):
        yield url


def chat(*words: str, env: Mapping[str, str], stdin: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run([LLAMA, "chat", *words], env=env, input=stdin, capture_output=True, text=True, check=False)


def test_a_question_is_answered_once(env: Mapping[str, str], url: str) -> None:
    asked = chat("--url", url, "Hello, llama", env=env)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "Hello, llama\n", "")


@pytest.mark.parametrize("suffix", ["", "/", "/v1"])
def test_piped_text_is_answered_once(env: Mapping[str, str], url: str, suffix: str) -> None:
    asked = chat("--url", url + suffix, "--model", "echo", env=env, stdin="Hello,\nllama\n")
    assert (asked.returncode, asked.stdout.split(), asked.stderr) == (0, ["Hello,", "llama"], "")


def test_a_stack_in_this_process_needs_no_server(env: Mapping[str, str]) -> None:
    asked = chat("--in-process", "inference=echo", "Hello, llama", env=env)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "Hello, llama\n", "")


def test_an_unknown_model_is_told_in_one_line(env: Mapping[str, str], url: str) -> None:
    asked = chat("--url", url, "--model", "eco", "Hello", env=env)
    assert (asked.returncode, asked.stdout) == (1, "")
    assert asked.stderr.startswith("Error: model 'eco' not found; did you mean 'echo'")
    assert asked.stderr.count("\n") == 1


def test_where_no_server_answers_it_says_how_to_go_on(env: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    asked = chat("Hello", env={**env, "LLAMA_STACK_PORT": str(port)})
    assert asked.returncode == 1
    assert asked.stderr.startswith(
        f"Error: no server answers at http://localhost:{port}; start one with `llama stack run`"
    )


def test_a_stack_without_models_says_where_to_look(env: Mapping[str, str]) -> None:
    asked = chat("--in-process", "inference=groq", "Hello", env=env)
    assert asked.returncode == 1
    assert "inference=groq has no model to chat with" in asked.stderr


@pytest.mark.parametrize("words", [("--url", "x", "--in-process", "y", "Hello"), (" ",), ()])
def test_what_makes_no_sense_is_refused(env: Mapping[str, str], words: tuple[str, ...]) -> None:
    asked = chat(*words, env=env)
    assert asked.returncode == 2
    assert asked.stderr.startswith("Usage: ")


class Terminal:
    """A terminal with a chat in it: what is typed, and what is seen."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def see(self, text: str, seconds: float = 20) -> str:
        """Wait for `text`; everything since the last look, up to its end."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self._descriptor], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} was not seen, but {self.seen!r}"
            read = os.read(self._descriptor, 4096).decode()
            self.seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", read)
        before, _, self.seen = self.seen.partition(text)
        return before + text


@contextmanager
def terminal(*words: str, env: Mapping[str, str]) -> "Iterator[tuple[Terminal, subprocess.Popen[bytes]]]":
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [LLAMA, "chat", *words], env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        ) as process:
            try:
                yield Terminal(ours), process
            finally:
                process.kill()
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_conversation_in_a_terminal(env: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / "slow.yaml").write_text(SLOW)
    with terminal("--in-process", str(tmp_path / "slow.yaml"), env=env) as (screen, process):
        assert screen.see("> ").startswith("it/scripted at ")
        screen.type("Count\n")
        screen.see("one two")
        process.send_signal(signal.SIGINT)
        assert "ten" not in screen.see("(stopped)")
        screen.type("More\n")
        screen.see("Error: wrong key")
        screen.type("Well?\n")
        assert re.search(r"fine\n1 tokens? in \d+\.\d s · \d+ tokens?/s", screen.see("tokens/s"))
        screen.type("/help\n")
        for command in ("/model", "/system", "/clear", "/quit"):
            screen.see(f"\n{command} ")
        screen.see("> ")
        screen.type("\x04")
        assert process.wait(20) == 0
    assert (Path(env["HOME"]) / ".llama/chat_history").read_text().split() == ["Count", "More", "Well?", "/help"]


def test_commands_change_the_conversation(env: Mapping[str, str], url: str) -> None:
    with terminal("--url", url, env=env) as (screen, process):
        screen.see("> ")
        screen.type("/model\n")
        assert "* echo/echo\n" in screen.see("> ")
        screen.type("/model nothing-like-it\n")
        screen.see("Error: model 'nothing-like-it' not found")
        screen.type("/model echo\n")
        screen.see("Answers come from echo/echo now.")
        screen.type("/system Be brief.\n")
        screen.see("\nBe brief.")
        screen.type("/system -\n")
        screen.see("The model is told nothing beforehand.")
        screen.type("/clear\n")
        screen.see("What was said is forgotten.")
        screen.type("/nonsense\n")
        screen.see("There is no /nonsense")
        screen.type("/etc/hosts is a path\n")
        screen.see("\n/etc/hosts is a path")
        screen.type("/quit\n")
        assert process.wait(20) == 0
