"""`llama stack new`: the beginnings of a provider in a package of your own, or of a distribution of your own."""

from pathlib import Path

import click

from ..command import Command, Failure, Group, Mistake

__all__ = ("new",)

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(cls=Group, name="new")
def new() -> None:
    """Begin a provider or a distribution of your own.

    \b
    llama stack new provider acme            a package, with tests that pass
    llama stack new distribution mine        a run config to edit
    """


@new.command(cls=Command)
@click.argument("name")
@click.option("--api", default="inference", show_default=True, help="The API that it serves.")
@click.option(
    "--kind", type=click.Choice(["remote", "inline"]), default="remote", show_default=True, help="Where it runs."
)
@click.option("--path", type=_FOLDER, metavar="DIR", help="Write it there. [./llama-stack-provider-NAME]")
def provider(name: str, api: str, kind: str, path: Path | None) -> None:
    """Write a package with a provider, its config and its tests.

    \b
    llama stack new provider acme
    llama stack new provider my-model --kind inline --path ~/my-model

    A remote provider calls a service over HTTP; an inline one does its work in the process of the
    stack. The package works as it is: install it, and every stack on that Python finds it.
    """
    from ..text import shown_path
    from .package import ProviderPackage

    package = ProviderPackage.of(name, api=api, kind=kind)
    folder = path or Path(package.package)
    if folder.is_dir() and any(folder.iterdir()):
        raise Mistake(f"{shown_path(folder)} is there already and not empty; choose another place with --path")
    _write({folder / file: text for file, text in package.files().items()})
    click.echo(f"Wrote {shown_path(folder)}, a package with the provider {package.provider_type}. Next:")
    click.echo(f"  cd {shown_path(folder)} && pip install -e '.[test]' && pytest")


@new.command(cls=Command)
@click.argument("name")
@click.option("--from", "origin", default="starter", show_default=True, help="What it begins as.")
@click.option("--path", type=_FOLDER, metavar="DIR", help="Write it there. [~/.llama/distributions/NAME]")
def distribution(name: str, origin: str, path: Path | None) -> None:
    """Write a run config of your own, to edit and run.

    \b
    llama stack new distribution mine
    llama stack new distribution mine --from inference=ollama,inference=groq
    llama stack new distribution mine --path ./mine

    It begins as a distribution or as a list of providers. `llama stack run mine` finds it by its
    name; one that was written elsewhere is run by its folder.
    """
    from dataclasses import replace

    from ...distributions import ad_hoc, distributions, find, run_file
    from ..text import shown_path

    if name in distributions():
        raise Mistake(f"{name} is a built-in distribution: `llama stack run {name}` keeps a run.yaml of it for you")
    begun = ad_hoc(origin) if "=" in origin else find(origin)
    file = path / "run.yaml" if path else run_file(_valid(name))
    if file.exists():
        raise Mistake(f"{shown_path(file)} is there already; edit it, or choose another name")
    mine = replace(begun, name=_valid(name), description="a distribution of your own", backends=None)
    _write({file: mine.run_yaml()})
    click.echo(f"Wrote {shown_path(file)}. Next:")
    click.echo(f"  llama stack run {f'{shown_path(path)}/' if path else name}")


def _valid(name: str) -> str:
    from .package import NAME

    if not NAME.fullmatch(name):
        raise Mistake(f"{name!r} is no name: use small letters, digits and single hyphens, a letter first")
    return name


def _write(files: dict[Path, str]) -> None:
    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{error.filename} cannot be written: {error.strerror}") from None
