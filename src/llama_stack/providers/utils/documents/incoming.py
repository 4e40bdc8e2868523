"""The file that a call is about, on this machine's disk for as long as it is read."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ....apis.errors import BadRequestError, UnsupportedError
from ....apis.files import Files
from ....apis.transfer import Upload
from .chunking import Origin

__all__ = ("Incoming", "incoming")


@dataclass(frozen=True, slots=True)
class Incoming:
    path: Path
    media_type: str | None
    origin: Origin


@asynccontextmanager
async def incoming(
    files: Files | None, file: Upload | None, file_id: str | None, limit: int
) -> AsyncIterator[Incoming]:
    """Exactly one of `file` and `file_id` is given. Raises `BadRequestError` for what is larger than `limit` bytes."""
    if (file is None) == (file_id is None):
        raise BadRequestError("give either file or file_id", param="file" if file is None else "file_id")
    with tempfile.TemporaryDirectory(prefix="llama-stack-process-") as folder:
        place = Path(folder) / "file"
        if file is None:
            yield await _uploaded(files, str(file_id), place, limit)
        elif file.path is not None:
            yield await _on_disk(file, file.path, limit)
        else:
            yield await _handed_in(file, place, limit)


async def _on_disk(file: Upload, path: Path, limit: int) -> Incoming:
    _fits(file.filename, file.size or 0, limit)
    digest = file.received.sha256 if file.received else await asyncio.to_thread(_digest, path)
    return Incoming(path, file.content_type, Origin(_document_id(file.filename, digest), file.filename))


async def _handed_in(file: Upload, place: Path, limit: int) -> Incoming:
    digest, size = hashlib.sha256(), 0
    with place.open("wb") as kept:  # a megabyte into the page cache is no wait
        async for piece in file:
            size += len(piece)
            _fits(file.filename, size, limit)
            digest.update(piece)
            kept.write(piece)
    document_id = _document_id(file.filename, digest.hexdigest())
    return Incoming(place, file.content_type, Origin(document_id, file.filename))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _document_id(filename: str, digest: str) -> str:
    """The same for the same file: nothing else is known of it."""
    return f"doc-{hashlib.sha256(f'{filename}:{digest}'.encode()).hexdigest()[:32]}"


async def _uploaded(files: Files | None, file_id: str, place: Path, limit: int) -> Incoming:
    if files is None:
        raise UnsupportedError(
            "no provider of the files API is configured, so there is no file to find", param="file_id"
        )
    known = await files.get_file(file_id)
    _fits(known.filename, known.bytes, limit)
    async with await files.get_file_content(file_id) as content:
        path = await content.save_to(place)
    return Incoming(path, None, Origin(file_id, known.filename, file_id, known.created_at))


def _fits(name: str, size: int, limit: int) -> None:
    if size > limit:
        raise BadRequestError(f"{name} is larger than max_file_bytes, {limit:,}", code="invalid_file")
