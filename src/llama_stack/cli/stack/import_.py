"""`llama stack import`: another program's config, or an older one, as a run config."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command import Command, Failure, Mistake

if TYPE_CHECKING:
    from ...core.migration import Imported, Note

__all__ = ("import_",)

_STDOUT = Path("-")
_LABELS = {"litellm": "LiteLLM", "llama-stack": "llama-stack", "ogx": "OGX"}


@click.command(cls=Command, name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--to",
    type=click.Path(path_type=Path, allow_dash=True),
    default=Path("run.yaml"),
    metavar="PATH",
    help="Write there; - prints it. [run.yaml]",
)
@click.option("--format", "form", type=click.Choice(list(_LABELS)), help="Whose config it is. [guessed from its keys]")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@click.option("--strict", is_flag=True, help="Write nothing, and exit with 1, if anything cannot be carried over.")
def import_(file: Path, to: Path, form: str | None, force: bool, strict: bool) -> None:
    """Bring over a config of LiteLLM, llama-stack or OGX.

    \b
    llama stack import config.yaml
    llama stack import old-run.yaml --to new/run.yaml
    llama stack import config.yaml --to - --strict

    What cannot be carried over is told on standard error, by file and line, with the reason. Keys
    in clear text are not: each becomes a reference to a variable of the environment, for you to set.
    """
    from ...core.migration import import_file
    from .import_text import run_yaml

    target = to / "run.yaml" if to != _STDOUT and to.is_dir() else to
    if target != _STDOUT and target.exists() and not force:
        raise Mistake(f"{target} is there already; say --force, or another place with --to")
    imported = import_file(file, form)
    for line in _told(imported.notes):
        click.echo(line, err=True)
    if not any(imported.config["providers"].values()):
        raise Mistake(f"{file}: nothing was written: no provider that it names can be carried over")
    if strict and imported.lost:
        raise Failure(f"{file}: nothing was written: {_count(len(imported.lost), 'part')} cannot be carried over")
    _write(target, run_yaml(imported, file.name, _LABELS[imported.format]))
    for line in _summary(imported, target):
        click.echo(line, err=True)


def _write(target: Path, text: str) -> None:
    if target == _STDOUT:
        click.echo(text, nl=False)
        return
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{target} cannot be written: {error.strerror or error}") from None


def _told(notes: "Iterable[Note]") -> Iterator[str]:
    """A line for each note; what is true of many lines is said once, with all of them."""
    alike: dict[tuple[str, str, str], list[Note]] = {}
    for note in notes:
        alike.setdefault((note.file, note.path.rpartition(".")[2], note.message), []).append(note)
    for first, *others in alike.values():
        lines = ", ".join(str(other.place[0]) for other in others)
        also = f" (line{'s' if len(others) > 1 else ''} {lines} as well)" if others else ""
        yield f"{first}{also}"


def _summary(imported: "Imported", target: Path) -> Iterator[str]:
    providers = sum(map(len, imported.config["providers"].values()))
    models = len(imported.config.get("registered_resources", {}).get("models", ()))
    lost = f"; {_count(len(imported.lost), 'part')} not carried over" if imported.lost else ""
    where = "" if target == _STDOUT else f"Wrote {target}: "
    yield f"{where}{_count(providers, 'provider')}, {_count(models, 'model')}{lost}"
    if imported.required:
        yield f"Set {', '.join(imported.required)}"
    if target != _STDOUT:
        yield f"Then: llama stack check {target} --live"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
