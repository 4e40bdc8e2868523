"""An array that grows at its end, while others read what was there before."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ("Growing",)


class Growing:
    """Rows of one type. A view stays as it is, whatever is appended behind it."""

    def __init__(self, dtype: Any, width: int | None = None, room: int = 0) -> None:
        self._shape = () if width is None else (width,)
        self._rows: NDArray[Any] = np.empty((room, *self._shape), dtype)
        self._count = 0

    @property
    def view(self) -> NDArray[Any]:
        return self._rows[: self._count]

    @property
    def nbytes(self) -> int:
        return self._rows.nbytes

    def append(self, rows: NDArray[Any]) -> None:
        end = self._count + len(rows)
        if end > len(self._rows):
            grown = np.empty((max(end, len(self._rows) * 5 // 4), *self._shape), self._rows.dtype)
            grown[: self._count] = self.view
            self._rows = grown
        self._rows[self._count : end] = rows
        self._count = end

    def copy(self) -> "Growing":
        """The same rows, which may be changed without anyone's noticing."""
        own = Growing(self._rows.dtype)
        own._shape, own._rows, own._count = self._shape, self._rows.copy(), self._count
        return own
