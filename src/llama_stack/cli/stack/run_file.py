"""The user's own run.yaml of a distribution: written once, then theirs."""

from pathlib import Path

import click

from ...distributions import distributions, run_file
from ..text import shown_path

__all__ = ("keep_run_file", "own_run_file")


def own_run_file(name: str) -> Path | None:
    """The user's own run.yaml of that name, where there is one."""
    is_name = name.replace("-", "").replace("+", "").isidentifier()
    file = run_file(name)
    return file if is_name and file.is_file() else None


def keep_run_file(name: str) -> None:
    """Write a distribution's run.yaml when the user has none, and say which file is used.

    A distribution that keeps nothing on disk leaves no file there either.
    """
    if file := own_run_file(name):
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
