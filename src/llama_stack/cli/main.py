"""The command `llama`. Its modules import click only; what a command needs is imported when it runs."""

import click

from .. import __version__
from .chat import chat
from .command import Group
from .model import model
from .stack import stack

__all__ = ("main",)


@click.group(
    cls=Group,
    name="llama",
    commands=[stack, chat, model],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="llama-stack %(version)s")
def main() -> None:
    """Every AI API an application needs, over any provider.

    \b
    llama stack run starter      serve what this machine and your keys can reach
    llama chat                   talk to a model, here in the terminal
    llama stack check --live     see which providers answer, and why others do not
    """
