"""CSV and TSV: a line for each row, with the names of its columns."""

import csv
import io
import re

from ..block import Block, Document, Source
from ..damage import told
from .rows import lines_of
from .text import text_of

__all__ = ("read_csv",)

_DELIMITERS = ",;\t|"
_LONGEST_CELL = (1 << 31) - 1  # the module's own limit is 128 KiB
_QUOTED = re.compile(r'"[^"]*"')


def read_csv(source: Source) -> Document:
    csv.field_size_limit(_LONGEST_CELL)
    text, encoding = text_of(source)
    with told(source.filename, "csv", csv.Error):
        rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
        stripped = ([" ".join(cell.split()) for cell in row] for row in rows)
        return Document([Block("\n".join(lines_of(stripped)), "table")], {"encoding": encoding})


def _delimiter(text: str) -> str:
    """The one that the first line has most of, outside quotes."""
    first = _QUOTED.sub("", text[:65_536].lstrip()).partition("\n")[0]
    return max(_DELIMITERS, key=first.count)
