"""`llama stack`: run a stack, and look into what it is made of."""

import click

from ..command import Group
from .check import check
from .files import files
from .import_ import import_
from .jobs import jobs
from .list import list_, list_apis, list_providers
from .list_deps import list_deps
from .new import new
from .process import process
from .run import run
from .show import show
from .tools import tools
from .vector_stores import vector_stores
from .worker import worker

__all__ = ("stack",)


_COMMANDS = [
    run,
    worker,
    jobs,
    files,
    process,
    vector_stores,
    tools,
    check,
    show,
    list_,
    list_providers,
    list_apis,
    list_deps,
    new,
    import_,
]


@click.group(cls=Group, name="stack", commands=_COMMANDS)
def stack() -> None:
    """Run a stack, and look into what it is made of.

    \b
    llama stack run starter           serve every provider that is configured
    llama stack run inference=ollama  serve Ollama alone
    llama stack list-providers        see what there is
    llama stack new provider acme     begin a provider of your own
    """
