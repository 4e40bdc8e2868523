"""What every command shares: errors as lines for a person, help in the order of use, and the TARGET argument."""

from collections.abc import Iterable
from typing import Any

import click
from typing_extensions import override

__all__ = ("TARGET_HELP", "Command", "Failure", "Group", "Mistake", "target")

TARGET_HELP = """\
TARGET is a distribution (`llama stack list`), the path of a run config, or providers:
`inference=ollama,inference=groq`. Left out, it is starter."""

target = click.argument("target", default="starter")


class Failure(click.ClickException):
    """A message for the user, one line or several."""

    @override
    def format_message(self) -> str:
        first, *more = self.message.splitlines() or [""]
        return "\n".join([first, *(f"  {line}" for line in more)])


class Mistake(Failure):
    """Something that the user can put right before trying again."""

    exit_code = 2


class Command(click.Command):
    """A command that tells the stack's errors plainly; any other error is a fault of ours and keeps its traceback."""

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from ..apis.errors import ConfigError, StackError

            if isinstance(error, ConfigError):
                raise Mistake(_mistakes(error.message)) from None
            if isinstance(error, StackError):
                raise Failure(error.message) from None
            raise


class Group(click.Group):
    """Commands, listed in the order in which a person comes to need them."""

    command_class = Command

    def __init__(self, name: str | None = None, commands: Iterable[click.Command] = (), **attrs: Any) -> None:
        super().__init__(name, list(commands), **attrs)

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _mistakes(message: str) -> str:
    count = len(message.splitlines())
    return message if count == 1 else f"{count} mistakes:\n{message}"
