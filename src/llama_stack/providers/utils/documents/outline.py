"""The headings that a reader is under."""

__all__ = ("Outline",)


class Outline:
    """Call `enter` at each heading; `headings` is then the way to it, the widest first."""

    def __init__(self) -> None:
        self._open: list[tuple[int, str]] = []

    def enter(self, level: int, title: str) -> None:
        self._open = [(other, text) for other, text in self._open if other < level]
        self._open.append((level, title))

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(title for _, title in self._open)
