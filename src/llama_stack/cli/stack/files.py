"""`llama stack files`: hand files in to a server, and get them back."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..command import Group
from ..server import server, url_option

if TYPE_CHECKING:
    from ...apis.files import File
    from ...apis.transfer import Download, Upload

__all__ = ("files",)

# The purposes of apis/files.py, which a help text does not load.
_UPLOADED = ("user_data", "assistants", "batch", "fine-tune", "vision", "evals")
_MADE = ("assistants_output", "batch_output", "fine-tune-results")
_LARGE = 5_000_000  # bytes; smaller files are gone before a bar is seen


@click.group(cls=Group)
def files() -> None:
    """Hand files in to a server, and get them back.

    \b
    llama stack files upload report.pdf
    llama stack files list
    llama stack files download file-4f…
    """


@files.command("list")
@url_option
@click.option("--purpose", type=click.Choice([*_UPLOADED, *_MADE]), metavar="P", help="Only files of this purpose.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, metavar="N")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(url: str | None, purpose: str | None, limit: int, as_json: bool) -> None:
    """List files, the newest first.

    \b
    llama stack files list --purpose batch
    """
    from ..text import columns

    with server(url) as there:
        found = there.run(there.client.files.list_files(purpose=purpose, limit=limit))
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    elif not found.data:
        click.echo("No files." if purpose is None else f"No files of the purpose {purpose}.")
    else:
        click.echo(
            "\n".join(columns([_row(file) for file in found.data], heading=("FILE", "BYTES", "PURPOSE", "NAME")))
        )
        if found.has_more:
            click.echo("… and more: see --limit")


@files.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@url_option
@click.option("--purpose", type=click.Choice(_UPLOADED), default="user_data", show_default=True, metavar="P")
@click.option(
    "--expires-after",
    type=click.IntRange(3600, 2_592_000),
    metavar="SECONDS",
    help="Have the server forget it then: from an hour to 30 days.",
)
def upload(paths: tuple[Path, ...], url: str | None, purpose: str, expires_after: int | None) -> None:
    """Hand files in. Prints the id of each.

    \b
    llama stack files upload report.pdf notes.md
    llama stack files upload --purpose batch requests.jsonl
    """
    from ...apis.transfer import Upload

    expiry = {"anchor": "created_at", "seconds": expires_after} if expires_after else None
    with server(url) as there:
        for path in paths:
            file = Upload.from_path(path)
            with _progress(file.filename, file.size or 0) as moved:
                sent = _counted(file, moved)
                made = there.run(there.client.files.upload_file(file=sent, purpose=purpose, expires_after=expiry))
            click.echo(made.id)


@files.command()
@click.argument("file_id")
@url_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A file or a folder, - to print it. [its own name, here]",
)
def download(file_id: str, url: str | None, output: Path | None) -> None:
    """Get a file back.

    \b
    llama stack files download file-4f… -o report.pdf
    """
    with server(url) as there:
        content: Download = there.run(there.client.files.get_file_content(file_id))
        with _progress(content.filename, content.size) as moved:
            if str(output) == "-":
                there.run(_print(content, moved))
                return
            saved = there.run(_watched(content, moved).save_to(output or Path()))
    click.echo(str(saved))


@files.command()
@click.argument("file_ids", nargs=-1, required=True, metavar="FILE_ID…")
@url_option
def delete(file_ids: tuple[str, ...], url: str | None) -> None:
    """Delete files.

    \b
    llama stack files delete file-4f…
    """
    with server(url) as there:
        for file_id in file_ids:
            there.run(there.client.files.delete_file(file_id))
            click.echo(f"{file_id} is deleted")


def _row(file: "File") -> tuple[str, str, str, str]:
    return file.id, str(file.bytes), file.purpose, file.filename


@contextmanager
def _progress(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """A bar for a large file, where there is somebody to see it."""
    if size < _LARGE or not sys.stderr.isatty():
        yield lambda moved: None
        return
    with click.progressbar(length=size, label=name, file=sys.stderr) as bar:
        yield bar.update


def _counted(file: "Upload", moved: Callable[[int], None]) -> "Upload":
    from ...apis.transfer import Upload

    return Upload(lambda: _telling(aiter(file), moved), file.filename, size=file.size)


def _watched(content: "Download", moved: Callable[[int], None]) -> "Download":
    from ...apis.transfer import Download

    return Download(lambda a, b: _telling(content.part(a, b), moved), content.size, filename=content.filename)


async def _telling(pieces: AsyncIterator[bytes], moved: Callable[[int], None]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield piece
        moved(len(piece))


async def _print(content: "Download", moved: Callable[[int], None]) -> None:
    async for piece in _telling(aiter(content), moved):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
