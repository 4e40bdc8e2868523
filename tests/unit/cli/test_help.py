"""Help is complete, fits a terminal, and shows what to type."""

from collections.abc import Callable, Iterator

import click
import pytest
from click.testing import Result

from llama_stack.cli.main import main


def commands(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from commands(child, (*path, name))


ALL = list(commands())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_shows_an_example_and_fits_a_terminal(path: tuple[str, ...], llama: Callable[..., Result]) -> None:
    shown = llama(*path, "--help", env={"COLUMNS": "80"})
    assert shown.exit_code == 0
    assert f"\n  {' '.join(('llama', *path))}" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80
    assert "..." not in shown.output.replace("COMMAND [ARGS]...", "")  # a summary that had to be cut


@pytest.mark.parametrize("path", ALL[1:], ids=" ".join)
def test_a_group_lists_its_commands(path: tuple[str, ...], llama: Callable[..., Result]) -> None:
    assert f"\n  {path[-1]} " in llama(*path[:-1], "-h").output


def test_commands_stand_in_the_order_of_use(llama: Callable[..., Result]) -> None:
    listed = llama("stack", "--help").output.partition("Commands:\n")[2].splitlines()
    names = [
        "run",
        "worker",
        "jobs",
        "files",
        "process",
        "vector-stores",
        "tools",
        "check",
        "show",
        "list",
        "list-providers",
        "list-apis",
        "list-deps",
        "new",
        "import",
    ]
    assert [line.split()[0] for line in listed] == names


def test_the_version_is_told(llama: Callable[..., Result]) -> None:
    assert llama("--version").output == "llama-stack 0.1.0\n"


def test_a_word_that_is_no_command_is_refused_with_code_2(llama: Callable[..., Result]) -> None:
    refused = llama("stack", "rnu")
    assert refused.exit_code == 2
    assert "No such command 'rnu'" in refused.output
