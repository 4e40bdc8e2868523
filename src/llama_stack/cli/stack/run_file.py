"""The user's own run.yaml of a distribution: written once, then theirs."""

import click

from ...distributions import distributions, own_file, run_file
from ..text import shown_path

__all__ = ("keep_run_file",)


def keep_run_file(name: str) -> None:
    """Write a distribution's run.yaml when the user has none, and say which file is used.

    A distribution that keeps nothing on disk leaves no file there either.
    """
    if file := own_file(name):
        click.echo(f"Using {shown_path(file)}")
    elif name in distributions() and distributions()[name].backends is None:
        file = run_file(name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(distributions()[name].run_yaml(), encoding="utf-8")
        except OSError as error:
            click.echo(f"{shown_path(file)} cannot be written ({error.strerror}); using the built-in {name}", err=True)
        else:
            click.echo(f"Wrote {shown_path(file)}; it is yours to edit")
