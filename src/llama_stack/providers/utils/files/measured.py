"""Measuring a file while it passes."""

import hashlib
from collections.abc import AsyncGenerator

from ....apis.transfer import Upload

__all__ = ("Measured",)


class Measured:
    """A file's pieces; afterwards its size and its checksum are known."""

    def __init__(self, upload: Upload) -> None:
        self.size = 0
        self._upload = upload
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        async for piece in self._upload:
            self._hash.update(piece)
            self.size += len(piece)
            yield piece
