"""Files on their way into a declared method and out of it: piece by piece, never whole in memory.

A parameter annotated `Upload` makes its method's request a form (multipart/form-data), whose other fields are the
method's other parameters. A method that answers `Download` answers bytes.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from .errors import BadRequestError

__all__ = ("PIECE_BYTES", "Download", "Intake", "Received", "Upload", "base_name", "read_file")

PIECE_BYTES = 1 << 20
_NAMELESS = "upload"  # what the SDKs call bytes that come without a name


@dataclass(frozen=True, slots=True)
class Intake:
    """Where a server receives the uploads for an API, and how large they may be.

    An implementation may have one as its attribute `intake`; where it has none, they go to the system's folder for
    temporary files.
    """

    folder: Path | None = None
    max_bytes: int | None = None
    limit: str = ""  # the setting that says so, for the error


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was received on disk, and may be moved away from there."""

    path: Path
    size: int
    sha256: str


class Upload:
    """A file that somebody hands in: `async for piece in upload`, or `await upload.read()`.

    `size` is None where nobody knows it yet, `path` is where it lies on this machine, if it does. A server receives a
    file whole before it calls the method: both are known then, and `received` says more.
    """

    def __init__(
        self,
        pieces: Callable[[], AsyncIterator[bytes]],
        filename: str | None = None,
        *,
        content_type: str | None = None,
        size: int | None = None,
        path: Path | None = None,
        received: Received | None = None,
    ) -> None:
        self._pieces = pieces
        self.filename = base_name(filename or _NAMELESS)
        self.content_type = content_type
        self.size = size
        self.path = path
        self.received = received

    @classmethod
    def of(cls, value: Any) -> Self:
        """What Python callers may give: bytes, a `Path`, a binary file, `(name, one of these[, type])`, an `Upload`."""
        if isinstance(value, cls):
            return value
        name = content_type = None
        if isinstance(value, tuple) and 2 <= len(value) <= 4:
            name, value, content_type = value[0], value[1], value[2] if len(value) > 2 else None
        made = cls._of_content(value, name)
        made.content_type = content_type
        return made

    @classmethod
    def _of_content(cls, content: Any, name: str | None) -> Self:
        match content:
            case bytes() | bytearray() | memoryview():
                return cls(lambda: _once(bytes(content)), name, size=len(content))
            case os.PathLike():
                return cls.from_path(Path(content), name)
            case AsyncIterable():
                return cls(lambda: aiter(content), name)
            case _ if hasattr(content, "read"):
                return cls(lambda: _read_on(content), name or _name_of(content), size=_size_of(content))
        what = "a text; for a path, say Path(…)" if isinstance(content, str) else type(content).__name__
        raise BadRequestError(f"a file is given as a Path, as bytes, or as a file opened to read bytes, not as {what}")

    @classmethod
    def from_path(cls, path: Path, filename: str | None = None, **facts: Any) -> Self:
        """A file of this machine. Raises `BadRequestError` where there is none."""
        try:
            size = path.stat().st_size
        except OSError as error:
            raise BadRequestError(f"{path} cannot be read: {error.strerror or error}") from error
        if path.is_dir():
            raise BadRequestError(f"{path} is a folder, not a file")
        return cls(lambda: read_file(path), filename or path.name, **{"size": size, "path": path, **facts})

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces()

    async def read(self) -> bytes:
        """The whole file; for what is known to be small."""
        return b"".join([piece async for piece in self])

    @override
    def __repr__(self) -> str:
        return f"<Upload {self.filename!r}, {'?' if self.size is None else self.size} bytes>"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls.of)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "format": "binary"}


class Download:
    """A file that is handed out: `async for piece in download`, `await download.read()`, `await download.save_to(…)`.

    Nothing is opened before it is read; `part(start, stop)` reads only those bytes. Leaving an `async with download`
    lets go of what is open.
    """

    def __init__(
        self,
        part: Callable[[int, int], AsyncIterator[bytes]],
        size: int,
        *,
        filename: str = "download",
        media_type: str = "application/octet-stream",
        etag: str | None = None,
        modified: float | None = None,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._part, self._close = part, close
        self.size = size
        self.filename = filename
        self.media_type = media_type
        self.etag = etag  # changes with the bytes
        self.modified = modified  # seconds since 1970

    def part(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, but not including, `stop`."""
        return self._part(start, stop)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._part(0, self.size)

    async def read(self) -> bytes:
        """The whole file; for what is known to be small."""
        return b"".join([piece async for piece in self])

    async def save_to(self, place: str | os.PathLike[str]) -> Path:
        """Write it to a file, or under its own name into a folder. What is there is replaced once all has come."""
        path = _file_at(Path(place), self.filename)
        part = path.with_name(f".{path.name[:100]}.part")
        try:
            with await asyncio.to_thread(part.open, "wb") as file:
                async for piece in self:
                    await asyncio.to_thread(file.write, piece)
            await asyncio.to_thread(part.replace, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return path

    async def aclose(self) -> None:
        if self._close is not None:
            await self._close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @override
    def __repr__(self) -> str:
        return f"<Download {self.filename!r}, {self.size} bytes>"


def base_name(name: str) -> str:
    """A file's name as it was given, without folders and without characters that are none (line breaks, NUL)."""
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = "".join(c for c in name.encode("utf-8", "replace").decode() if c >= " " and not "\x7f" <= c <= "\x9f")
    return _NAMELESS if name in ("", ".", "..") else name


async def read_file(path: Path, start: int = 0, stop: int | None = None) -> AsyncGenerator[bytes, None]:
    """The bytes of a file, read beside the event loop. Raises `FileNotFoundError` before the first piece."""
    file = await asyncio.to_thread(path.open, "rb", buffering=0)
    try:
        if start:
            file.seek(start)
        left = stop - start if stop is not None else None
        while left is None or left > 0:
            piece = await asyncio.to_thread(file.read, PIECE_BYTES if left is None else min(PIECE_BYTES, left))
            if not piece:
                break
            left = left if left is None else left - len(piece)
            yield piece
    finally:
        file.close()


def _file_at(place: Path, filename: str) -> Path:
    return place / base_name(filename) if place.is_dir() else place


async def _once(content: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]


async def _read_on(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        if not isinstance(piece, bytes):
            raise BadRequestError("the file gives text: open it to read bytes, with open(…, 'rb')")
        yield piece


def _name_of(file: Any) -> str | None:
    name = getattr(file, "name", None)
    return name if isinstance(name, str) else None


def _size_of(file: Any) -> int | None:
    """What is left to read of a file, if it can be told."""
    try:
        here = file.tell()
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except (AttributeError, OSError, ValueError):
        return None
    return int(end - here)
