"""`llama stack list-deps`: the packages that a stack's providers need."""

import shlex

import click

from ..command import TARGET_HELP, Command, target

__all__ = ("list_deps",)


@click.command(cls=Command, name="list-deps", epilog=TARGET_HELP)
@target
@click.option("--format", "form", type=click.Choice(["lines", "uv"]), default="lines", help="One a line, or a command.")
def list_deps(target: str, form: str) -> None:
    """List the packages that a stack needs.

    \b
    llama stack list-deps starter
    llama stack list-deps starter --format uv | sh

    These are Python packages, needed by the stack's providers beyond the core.
    """
    from ...distributions import resolve
    from .packages import configured_specs, requirements

    needed = requirements(configured_specs(resolve(target)))
    if form == "uv":
        needed = [shlex.join(["uv", "pip", "install", *needed])] if needed else []
    for line in needed:
        click.echo(line)
