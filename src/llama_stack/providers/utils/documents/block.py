"""What readers make of a document: blocks of text that know where they stand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ("Block", "Document", "Kind", "Source")

Kind = Literal["text", "heading", "list", "table", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a heading, a table: what an author would not like to see torn apart."""

    text: str
    kind: Kind = "text"
    headings: tuple[str, ...] = ()  # those it stands under, the widest first; a heading's own text is the last of them
    unit: str = ""  # what the document is divided into: page, slide, sheet
    number: int | str = 0  # which of them

    @property
    def place(self) -> dict[str, Any]:
        return {self.unit: self.number} if self.unit else {}


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read. `facts` are its own: title, author, how many pages."""

    blocks: Iterable[Block]
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is to be read, and what the caller says of it."""

    path: Path
    filename: str
    password: str | None = None
    encoding: str | None = None
    max_unpacked_bytes: int = 1 << 30
