"""Text for a terminal: aligned columns, labelled paragraphs, lists of words."""

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

__all__ = ("columns", "labelled", "listed", "shown_path", "width")

_GAP = 2
_LABEL = 11


def width() -> int:
    """Columns to write in: those of the terminal, but no line longer than is pleasant to read."""
    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def columns(rows: Sequence[Sequence[str]], *, heading: Sequence[str] | None = None, indent: int = 0) -> list[str]:
    """Lines of aligned cells; the last column is wrapped."""
    shown = [heading, *rows] if heading else list(rows)
    sizes = [max(len(click.unstyle(cell)) for cell in column) for column in list(zip(*shown, strict=True))[:-1]]
    lines = [line for row in shown for line in _row(row, sizes, indent)]
    return [click.style(lines[0], dim=True), *lines[1:]] if heading else lines


def _row(row: Sequence[str], sizes: Sequence[int], indent: int) -> list[str]:
    cells = (cell + " " * (size + _GAP - len(click.unstyle(cell))) for cell, size in zip(row, sizes, strict=False))
    lead = " " * indent + "".join(cells)
    at = indent + sum(sizes) + _GAP * len(sizes)
    first, *rest = _wrapped(row[-1], max(width() - at, 30)) or [""]
    return [f"{lead}{first}".rstrip(), *(" " * at + line for line in rest)]


def labelled(label: str, text: str, *, wrap: bool = True) -> list[str]:
    """A paragraph beside its label. `wrap=False` keeps it whole, to be copied."""
    lines = _wrapped(text, width() - _LABEL - 2) if wrap else text.splitlines()
    labels = [click.style(label.ljust(_LABEL), bold=True), *[" " * _LABEL] * (len(lines) - 1)]
    return [f"  {label}{line}" for label, line in zip(labels, lines, strict=True)]


def _wrapped(text: str, size: int) -> list[str]:
    return textwrap.wrap(text, size, break_long_words=False, break_on_hyphens=False)


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def shown_path(path: Path) -> str:
    """A path as people write it."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except ValueError:
        return str(path)
