"""What can be typed in a chat beside questions."""

from collections.abc import Callable

import click

from .connection import Connection
from .conversation import Conversation

__all__ = ("obey",)


def obey(line: str, connection: Connection, conversation: Conversation) -> bool:
    """Do what a line asks; False when it is no command, but something to be answered."""
    name, _, argument = line.partition(" ")
    if name in _COMMANDS:
        _COMMANDS[name](argument.strip(), connection, conversation)
        return True
    if argument or not name[1:].isalpha() or not name.startswith("/"):  # a path is something to ask about
        return False
    click.echo(f"There is no {name}; /help lists what there is.")
    return True


def _model(name: str, connection: Connection, conversation: Conversation) -> None:
    if name:
        conversation.model = connection.run(connection.client.models.get_model(model_id=name)).identifier
        click.secho(f"Answers come from {conversation.model} now.", dim=True)
        return
    for known in connection.models():
        click.echo(f"{'*' if known.identifier == conversation.model else ' '} {known.identifier}")


def _system(text: str, connection: Connection, conversation: Conversation) -> None:
    if text:
        conversation.system = None if text == "-" else text
    click.secho(conversation.system or "The model is told nothing beforehand.", dim=True)


def _clear(_: str, connection: Connection, conversation: Conversation) -> None:
    conversation.turns.clear()
    click.secho("What was said is forgotten.", dim=True)


def _help(_: str, connection: Connection, conversation: Conversation) -> None:
    click.echo(_HELP)


_COMMANDS: dict[str, Callable[[str, Connection, Conversation], None]] = {
    "/model": _model,
    "/system": _system,
    "/clear": _clear,
    "/help": _help,
}

_HELP = """\
/model [NAME]   list the models, or go on with another one
/system [TEXT]  show what the model is told beforehand, or change it; - for nothing
/clear          begin anew
/quit           end, as Ctrl-D does

Ctrl-C stops an answer. The arrow keys bring back what you typed."""
