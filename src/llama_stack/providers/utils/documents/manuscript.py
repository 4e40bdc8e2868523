"""A document as one text whose words are counted, and that knows where it may be cut."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate, islice

from .block import Block
from .tokens import count_each

__all__ = ("Manuscript",)

_SEGMENT = 1 << 20  # characters whose words are held as objects at a time
_LONGEST = 16_384  # characters; what goes on without a space for longer is cut before it is counted
# Scripts that put no spaces between words may be cut after any character.
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"\s*(?:[{_SPACELESS}][。、！？，]*|[^\s{_SPACELESS}]{{1,{_LONGEST}}})")
_SPACE = re.compile(r"\s")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？]")


class Manuscript:
    """The blocks of a document, joined. Places in it are numbers of words; `limit` is the longest word in tokens."""

    def __init__(self, blocks: Iterable[Block], limit: int) -> None:
        self.blocks: list[Block] = []
        self.begins = array("q")  # where each block begins, in characters
        self.ends = array("q")  # where each word ends
        self.tokens = array("q", [0])  # how many there are before each word
        self.text = self._join(blocks)
        self._count_words(limit)
        self.turns = self._turns(lambda one, other: one.headings != other.headings)
        self.walls = self._turns(lambda one, other: (one.unit, one.number) != (other.unit, other.number), "sheet")

    def __len__(self) -> int:
        """In words."""
        return len(self.ends)

    def content(self, start: int, stop: int) -> str:
        """The text of some words, with the indentation of its first line if it is there whole."""
        begin = self.offset(start)
        text = self.text[begin : self.offset(stop)].rstrip()
        blank = len(text) - len(text.lstrip())
        line = text.rfind("\n", 0, blank) + 1
        return text[line:] if line or not begin else text[blank:]

    def offset(self, word: int) -> int:
        """Where the white space before a word begins, in characters."""
        return self.ends[word - 1] if word else 0

    def reach(self, start: int, tokens: int) -> int:
        """The word up to which there are at most so many tokens."""
        return bisect_right(self.tokens, self.tokens[start] + tokens) - 1

    def since(self, stop: int, tokens: int) -> int:
        """The word from which there are at most so many tokens up to `stop`."""
        return bisect_left(self.tokens, self.tokens[stop] - tokens)

    def block_at(self, word: int) -> Block:
        """The block that a word stands in."""
        return self.blocks[self._index_at(word)]

    def _index_at(self, word: int) -> int:
        return max(bisect_left(self.begins, self.ends[word]) - 1, 0)

    def last_break(self, low: int, high: int) -> int:
        """The best place in (low, high] to end a chunk."""
        if turn := self.last_turn(low, high):
            return turn
        first, last = self.offset(low) + 1, self.offset(high) + 2
        for find in self._breaks(high):
            if (found := find(first, last)) is not None and low < (word := bisect_right(self.ends, found)) <= high:
                return word
        return high

    def last_turn(self, low: int, high: int) -> int:
        """The last word in (low, high] that begins under another heading; 0 when there is none."""
        turn = self.turns[bisect_right(self.turns, high) - 1]
        return turn if turn > low else 0

    def begins_afresh(self, word: int) -> bool:
        """Whether a word is the first under its heading, or on its sheet."""
        return self.last_turn(word - 1, word) == word or self.wall(word - 1) == word

    def size_of(self, word: int) -> int:
        return self.tokens[word + 1] - self.tokens[word]

    def wall(self, start: int) -> int:
        """The first word after `start` that no chunk may share with it."""
        return self.walls[at] if (at := bisect_right(self.walls, start)) < len(self.walls) else len(self)

    def first_break(self, low: int, high: int) -> int:
        """The best place in [low, high) to begin what repeats an end."""
        first, last = self.offset(low), self.offset(high)
        if low >= high:
            return low
        if (paragraph := self.text.find("\n\n", first, last)) >= 0:
            return bisect_right(self.ends, paragraph)
        if found := _SENTENCE_END.search(self.text, first, last):
            return min(bisect_right(self.ends, found.end()), high)
        return low

    def _breaks(self, word: int) -> list[Callable[[int, int], int | None]]:
        """How to look for an end, the best way first."""
        lines = self.block_at(min(word, len(self) - 1)).kind in ("list", "table", "code")
        sentence_then_line = [self._last_sentence, self._last("\n")]
        return [self._last("\n\n"), *(reversed(sentence_then_line) if lines else sentence_then_line)]

    def _last(self, mark: str) -> Callable[[int, int], int | None]:
        return lambda first, last: at if (at := self.text.rfind(mark, first, last)) >= 0 else None

    def _last_sentence(self, first: int, last: int) -> int | None:
        found = None
        for found in _SENTENCE_END.finditer(self.text, first, last):  # noqa: B007  # the last one is wanted
            pass
        return found.end() if found else None

    # ---- how it is made

    def _join(self, blocks: Iterable[Block]) -> str:
        parts, at = list[str](), 0
        for block in blocks:
            if text := block.text.strip("\n"):
                self.blocks.append(block)
                self.begins.append(at)
                parts.append(text)
                at += len(text) + 2
        return "\n\n".join(parts)

    def _count_words(self, limit: int) -> None:
        for begin, segment in self._segments():
            words = _WORD.findall(segment)
            counts = count_each(words)
            if max(counts, default=0) > limit:
                words, counts = _torn(words, counts, limit)
            ends, tokens = accumulate(map(len, words), initial=begin), accumulate(counts, initial=self.tokens[-1])
            self.ends.extend(islice(ends, 1, None))
            self.tokens.extend(islice(tokens, 1, None))

    def _segments(self) -> Iterable[tuple[int, str]]:
        begin = 0
        while begin < len(self.text):
            space = _SPACE.search(self.text, begin + _SEGMENT)
            stop = space.start() if space else len(self.text)
            yield begin, self.text[begin:stop]
            begin = stop

    def _turns(self, differ: Callable[[Block, Block], bool], unit: str = "") -> "array[int]":
        """The words with which something else begins. The first is always one."""
        pairs = zip(self.blocks, self.blocks[1:], self.begins[1:], strict=False)
        found = [at for one, other, at in pairs if differ(one, other) and unit in ("", other.unit)]
        return array("q", [0, *(bisect_left(self.ends, at) for at in found)])


def _torn(words: list[str], counts: list[int], limit: int) -> tuple[list[str], list[int]]:
    """The same, with words of more than `limit` tokens in pieces."""
    pieces = [piece for word, size in zip(words, counts, strict=True) for piece in _pieces(word, size, limit)]
    return pieces, count_each(pieces)


def _pieces(word: str, size: int, limit: int) -> Iterable[str]:
    if size <= limit or len(word) == 1:
        yield word
        return
    middle = len(word) // 2
    for half in (word[:middle], word[middle:]):
        yield from _pieces(half, count_each([half])[0], limit)
