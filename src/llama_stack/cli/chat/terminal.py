"""The terminal side of a chat: the prompt, the answer as it comes, and how to stop it."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ...apis.errors import StackError
from .commands import obey
from .connection import Connection
from .conversation import Conversation, Pace

__all__ = ("answer_once", "converse")

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a model's text does not get to steer the terminal
_HISTORY_LINES = 1000


def answer_once(connection: Connection, conversation: Conversation, question: str) -> None:
    """One answer, fit for a pipe."""
    try:
        _answer(connection, conversation, question)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None


def converse(connection: Connection, conversation: Conversation) -> None:
    """Turn by turn, until Ctrl-D or /quit."""
    click.secho(f"{conversation.model} at {connection.place} · /help lists commands, Ctrl-D ends", dim=True)
    if better := connection.better(conversation.model):
        click.secho(f"It is a toy. This brings a real model: {better}", dim=True)
    with _history():
        while (line := _read()) not in (None, "/quit", "/exit"):
            try:
                if line and not obey(line, connection, conversation):
                    _answer(connection, conversation, line)
            except StackError as error:
                click.secho(f"Error: {connection.explain(error)}", fg="red", err=True)
            except KeyboardInterrupt:
                click.secho(" (stopped)", dim=True)


def _answer(connection: Connection, conversation: Conversation, question: str) -> None:
    screen = _Screen()
    try:
        pace = connection.run(conversation.answer(question, screen.show))
    finally:
        screen.end_line()
    if screen.is_terminal:
        click.secho(f"{_told(pace)}\n", dim=True)


class _Screen:
    """Where an answer is written, piece by piece; thoughts are dim, and for people only."""

    def __init__(self) -> None:
        self.is_terminal = sys.stdout.isatty()
        self._at_start, self._thinking = True, False

    def show(self, text: str, is_thought: bool) -> None:
        if is_thought and not self.is_terminal:
            return
        if self._thinking and not is_thought:
            self._write("\n\n")
        self._thinking = is_thought
        text = _CONTROLS.sub("", text) if self.is_terminal else text
        self._write(click.style(text, dim=True) if is_thought else text)
        self._at_start = text.endswith("\n")

    def end_line(self) -> None:
        if not self._at_start:
            self._write("\n")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _told(pace: Pace) -> str:
    if pace.tokens is None:
        return f"{pace.seconds:.1f} s"
    tokens = f"{pace.tokens} {'token' if pace.tokens == 1 else 'tokens'}"
    return f"{tokens} in {pace.seconds:.1f} s · {pace.tokens / pace.seconds:.0f} tokens/s"


def _read() -> str | None:
    """A line from the keyboard; None at its end."""
    try:
        return input(_prompt()).strip()
    except EOFError:
        click.echo()
        return None
    except KeyboardInterrupt:  # drop the line that was being typed
        click.echo()
        return ""


def _prompt() -> str:
    if "readline" not in sys.modules or not sys.stdout.isatty():
        return "> "
    return "\001\033[1;36m\002> \001\033[0m\002"  # the marks let readline count what is seen


@contextmanager
def _history() -> Iterator[None]:
    """Lines typed before, under the arrow keys, kept in ~/.llama/chat_history for their owner alone."""
    try:
        import readline
    except ImportError:  # Windows: lines can be typed all the same
        yield
        return
    path = Path(os.environ.get("LLAMA_STACK_CONFIG_DIR") or "~/.llama").expanduser() / "chat_history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        readline.read_history_file(path)
    except OSError as error:
        click.secho(f"{path} cannot be used ({error.strerror}): what you type is not remembered", dim=True, err=True)
        yield
        return
    readline.set_history_length(_HISTORY_LINES)
    try:
        yield
    finally:
        readline.write_history_file(path)
