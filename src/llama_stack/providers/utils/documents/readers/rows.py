"""Tables as lines: each row says what its columns are, so that it makes sense wherever it is cut."""

from collections.abc import Iterable, Iterator, Sequence

__all__ = ("joined", "lines_of")


def lines_of(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """`City: Oslo | Days: 3` for each row, where the first row has names; else the cells alone."""
    rows = (row for row in rows if any(row))
    first = next(rows, None)
    if first is None:
        return
    second = next(rows, None)
    names = first if second is not None and _are_names(first) else None
    yield joined(first)
    for row in () if second is None else (second,):
        yield _line(names, row)
    for row in rows:
        yield _line(names, row)


def joined(cells: Sequence[str]) -> str:
    return " | ".join(cells) if any(cells) else ""


def _line(names: Sequence[str] | None, row: Sequence[str]) -> str:
    if names is None:
        return joined(row)
    named = [*names, *[""] * (len(row) - len(names))]
    return " | ".join(f"{name}: {cell}" if name else cell for name, cell in zip(named, row, strict=False) if cell)


def _are_names(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) >= 2 and len({*filled}) == len(filled) and not any(_is_number(cell) for cell in filled)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "").replace("-", "").replace("%", "").strip().isdigit()
