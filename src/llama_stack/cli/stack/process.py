"""`llama stack process`: what chunks a document becomes, without a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..command import Command, Mistake

if TYPE_CHECKING:
    from ...apis.chunks import Chunk
    from ...apis.file_processors import ProcessedFile

__all__ = ("process",)

_AUTO = (800, 400)  # what the strategy `auto` means


@click.command(cls=Command)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--size", type=int, metavar="N", help="The most tokens in a chunk (800).")
@click.option("--overlap", type=int, metavar="N", help="How many of them repeat the chunk before (400).")
@click.option("--whole", is_flag=True, help="Make one chunk of the document.")
@click.option("--option", "-o", "options", multiple=True, metavar="NAME=VALUE", help="password, encoding, media_type.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole chunks, as the API answers them.")
def process(
    file: Path, size: int | None, overlap: int | None, whole: bool, options: tuple[str, ...], as_json: bool
) -> None:
    """Show the chunks that a document becomes.

    \b
    llama stack process report.pdf
    llama stack process report.pdf --size 300 --overlap 50
    llama stack process report.pdf -o password=sesame --json

    It reads what the provider inline::auto reads, here and now: no server, no model.
    """
    if whole and (size or overlap):
        raise Mistake("--whole makes one chunk: --size and --overlap are for several")
    answer = _processed(file, _strategy(size, overlap, whole), dict(_said(option) for option in options))
    click.echo(answer.model_dump_json(indent=2) if as_json else "\n".join(_told(file, answer)))


def _strategy(size: int | None, overlap: int | None, whole: bool) -> dict[str, Any] | None:
    if whole:
        return None
    most = size or _AUTO[0]
    shared = min(_AUTO[1], most // 2) if overlap is None else overlap
    return {"type": "static", "static": {"max_chunk_size_tokens": most, "chunk_overlap_tokens": shared}}


def _said(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if not equals:
        raise Mistake(f"--option {option}: write it as NAME=VALUE")
    return name, value


def _processed(file: Path, strategy: dict[str, Any] | None, options: dict[str, str]) -> "ProcessedFile":
    import asyncio

    from ...core.stack import LlamaStack
    from ...distributions import resolve

    async def run() -> "ProcessedFile":
        async with LlamaStack(resolve("file_processors=inline::auto")) as stack:
            call: Any = stack.file_processors.process_file
            answer: ProcessedFile = await call(file=file, chunking_strategy=strategy, options=options)
            return answer

    return asyncio.run(run())


def _told(file: Path, answer: "ProcessedFile") -> Iterator[str]:
    from ..text import columns

    facts = [f"{value} {name.removesuffix('_count')}s" for name, value in answer.metadata.items() if "_count" in name]
    chunks = f"{len(answer.chunks)} chunk{'s' * (len(answer.chunks) != 1)}"
    yield f"{file.name}: {', '.join([answer.metadata['format'], *facts, chunks])}"
    rows = [(str(n), *_row(chunk)) for n, chunk in enumerate(answer.chunks, 1)]
    yield from columns(rows, heading=("CHUNK", "TOKENS", "WHERE", "BEGINS"))


def _row(chunk: "Chunk") -> tuple[str, str, str]:
    text = " ".join(str(chunk.content).split())
    begins = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return str(chunk.chunk_metadata.content_token_count), _where(chunk.metadata) or "-", begins


_SHOWN = 60  # characters


def _where(metadata: dict[str, Any]) -> str:
    """`pages 3-4`, `slide 2`, the nearest heading."""
    for unit in ("page", "slide", "chapter", "sheet"):
        if unit in metadata:
            first, last = metadata[unit], metadata.get(f"last_{unit}")
            return f"{unit} {first}" if last is None else f"{unit}s {first}-{last}"
    headings = metadata.get("headings") or [""]
    return str(headings[-1])[:30]
