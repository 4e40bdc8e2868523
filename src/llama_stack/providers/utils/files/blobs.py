"""What a file provider's backend does: it keeps bytes under a key. All else is the service's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from ....apis.files import FilePurpose
from ....apis.transfer import Intake, Upload

__all__ = ("Blobs", "Facts", "Stored")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file before its bytes are kept."""

    purpose: FilePurpose
    created_at: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept. A backend that gives files ids of its own says which: it is the file's id then."""

    size: int
    sha256: str
    own_id: str | None = None


class Blobs(Protocol):
    """Bytes under keys, which are made of `[a-z0-9-]`. Nothing is removed that the service did not name."""

    @property
    def intake(self) -> Intake:
        """Where a server best receives what is to be kept here."""
        ...

    async def put(self, key: str, upload: Upload, facts: Facts) -> Stored:
        """Keep the bytes. Once this returns they are durable, as far as the backend is."""
        ...

    def read(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `stop`. Raises `NotFoundError` before the first piece. A deletion meanwhile
        does no harm.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove the bytes, and what an unfinished `put` has left. There may be none."""
        ...

    async def sweep(self) -> None:
        """Remove what only the backend knows of: the remains of a process that died."""
        ...

    def local_path(self, key: str) -> Path | None:
        """Where the bytes lie on this machine; None when they do not."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *exc: object) -> None: ...
