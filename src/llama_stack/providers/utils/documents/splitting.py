"""Where a document is cut: chunks of at most so many tokens, that end where their author paused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .block import Block
from .manuscript import Manuscript
from .tokens import count

__all__ = ("Piece", "split", "whole")

_SLACK = 2  # tokens by which a text may have more than its words: the first loses the space before it


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk's text, and where in the document it stands."""

    text: str
    tokens: int
    window: tuple[int, int]  # its first and its last token, counted through the document
    metadata: dict[str, Any]


def split(blocks: Iterable[Block], size: int, overlap: int) -> Iterator[Piece]:
    """Pieces of at most `size` tokens, of which up to `overlap` repeat the end of the piece before.

    A piece ends before a heading if one comes late enough, else at the end of a paragraph, a sentence, a word. A
    heading begins afresh: nothing before it is repeated after it. Sheets of a workbook share no piece.
    """
    text = Manuscript(blocks, size - _SLACK)
    start = done = 0
    while done < len(text):
        piece, stop = _fitting(text, start, _stop(text, start, size, overlap), done, size)
        yield piece
        start, done = _next(text, start, stop, size, overlap), stop


def whole(blocks: Iterable[Block]) -> Iterator[Piece]:
    """The document as one piece."""
    found = [block for block in blocks if block.text.strip()]
    if found:
        text = "\n\n".join(block.text.strip("\n") for block in found).strip()
        tokens = count(text)
        yield Piece(text, tokens, (0, tokens), _stands(found[0], found[0], found[-1]))


def _stop(text: Manuscript, start: int, size: int, overlap: int) -> int:
    wall = text.wall(start)
    high = max(min(text.reach(start, size), wall), start + 1)
    low = text.reach(start, overlap + (size - overlap) // 2)
    return high if high == wall else text.last_break(low, high)


def _fitting(text: Manuscript, start: int, stop: int, done: int, size: int) -> tuple[Piece, int]:
    """The piece that ends at `stop`, or a word or two before it where joined words have more tokens than each alone."""
    while (tokens := count(content := text.content(start, stop))) > size and stop > max(start, done) + 1:
        stop -= 1
    stands = _stands(text.block_at(done), text.block_at(start), text.block_at(stop - 1))
    return Piece(content, tokens, (text.tokens[start], text.tokens[stop]), stands), stop


def _next(text: Manuscript, start: int, stop: int, size: int, overlap: int) -> int:
    """Where the piece after (start, stop) begins."""
    if stop == len(text) or text.begins_afresh(stop):
        return stop
    room = size - text.size_of(stop) - _SLACK  # so that it reaches beyond `stop`
    budget = max(min(overlap, room), 0)
    low = max(text.since(stop, budget), text.last_turn(start, stop), start + 1)
    return text.first_break(low, text.since(stop, budget // 2)) if low < stop else stop


def _stands(new: Block, first: Block, last: Block) -> dict[str, Any]:
    """The headings above what is new in a piece, and the pages from its beginning to its end."""
    headings = {"headings": list(new.headings)} if new.headings else {}
    ends = {f"last_{unit}": number for unit, number in last.place.items() if first.place.get(unit) != number}
    return headings | first.place | ends
