"""Workbooks through openpyxl: one table for each sheet, values as they were last calculated."""

import warnings
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from ..archive import open_archive
from ..block import Block, Document, Source
from ..damage import told
from .rows import lines_of

__all__ = ("read_xlsx",)


def read_xlsx(source: Source) -> Document:
    from lxml.etree import LxmlError
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    warnings.filterwarnings("ignore", module="openpyxl")  # it tells what it leaves aside: charts, validation
    with (
        told(source.filename, "xlsx", LxmlError, InvalidFileException),
        open_archive(source),
        source.path.open("rb") as file,
    ):
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        blocks = [
            Block(text, "table", (sheet.title,), "sheet", sheet.title)
            for sheet in book.worksheets
            if (text := "\n".join(lines_of(_rows(sheet))))
        ]
        return Document(blocks, {"sheet_count": len(book.worksheets)})


def _rows(sheet: Any) -> Iterator[list[str]]:
    sheet.reset_dimensions()  # what a file says of its own size is not always so
    for row in sheet.iter_rows(values_only=True):
        cells = [_shown(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{value:.15g}"
    return " ".join(str(value).split())
