"""A file that lies elsewhere, for readers who want a path."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ....apis.transfer import Download
from .part_file import PartFile

__all__ = ("copied",)


@asynccontextmanager
async def copied(download: Download) -> AsyncIterator[Path]:
    """A copy on this machine, which goes when the block is left."""
    part = await PartFile.create(None)
    try:
        async with download:
            async for piece in download:
                await part.write(piece)
        await part.finish()
        yield part.path
    finally:
        part.discard()
