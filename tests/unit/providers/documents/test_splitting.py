"""Where documents are cut: no text is lost, no chunk is too long, what is repeated is what came before."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from llama_stack.providers.utils.documents.block import Block
from llama_stack.providers.utils.documents.splitting import Piece, split, whole
from llama_stack.providers.utils.documents.tokens import count

WORDS = [
    *(
        "the",
        "of",
        "indivisible",
        "chair",
        "Straße",
        "naïve",
        "3.14",
        "don't",
        "(maybe)",
        "e.g.",
        "end.",
        "why?",
        "yes!",
    ),
    *("日本語。", "これは試験です！", "😀", "https://example.org/a/b?c=d", "snake_case_name", "x" * 60, "\u200b", "—"),
]
SPACES = [" "] * 12 + ["\n", "\n\n", "  ", "\t", "\n    "]
CUTS = [(100, 0), (100, 50), (100, 20), (150, 149), (800, 400)]


def prose(seed: int, words: int = 1500) -> str:
    chance = random.Random(seed)
    return "".join(chance.choice(WORDS) + chance.choice(SPACES) for _ in range(words))


def document(seed: int) -> list[Block]:
    chance = random.Random(seed)
    kinds = ["text", "list", "table", "code"]
    return [
        Block(
            prose(seed * 100 + n, chance.randrange(1, 300)),
            chance.choice(kinds),  # type: ignore[arg-type]
            (f"part {n // 3}",),
            chance.choice(["page", "sheet"]),
            n // 2,
        )
        for n in range(12)
    ]


def letters(text: str) -> str:
    return "".join(text.split())


def new_letters(pieces: list[Piece]) -> Iterator[str]:
    """What each piece has that the one before had not; fails where it repeats something else."""
    before = ""
    for piece in pieces:
        now = letters(piece.text)
        shared = next(n for n in range(min(len(before), len(now)), -1, -1) if before.endswith(now[:n]))
        yield now[shared:]
        before = now


@pytest.mark.parametrize(("size", "overlap"), CUTS)
@pytest.mark.parametrize("seed", range(6))
def test_no_chunk_is_longer_than_it_may_be(seed: int, size: int, overlap: int) -> None:
    pieces = list(split(document(seed), size, overlap))
    assert [piece.tokens for piece in pieces] == [count(piece.text) for piece in pieces]
    assert max(piece.tokens for piece in pieces) <= size
    assert all(piece.text.strip() for piece in pieces)


@pytest.mark.parametrize(("size", "overlap"), CUTS)
@pytest.mark.parametrize("seed", range(6))
def test_no_text_is_lost_and_windows_follow_each_other(seed: int, size: int, overlap: int) -> None:
    blocks = document(seed)
    pieces = list(split(blocks, size, overlap))
    assert all(one.window[0] < two.window[0] <= one.window[1] < two.window[1] for one, two in pairwise(pieces))
    assert all(one.window[1] - two.window[0] <= overlap for one, two in pairwise(pieces))
    everything = letters("".join(block.text for block in blocks))
    at = 0
    for piece in pieces:  # each begins within what is known, and goes on from there
        now = letters(piece.text)
        begin = everything.find(now, max(0, at - len(now)))
        assert 0 <= begin <= at
        at = begin + len(now)
    assert at == len(everything)


@pytest.mark.parametrize("seed", range(6))
def test_without_overlap_the_chunks_are_the_document(seed: int) -> None:
    blocks = document(seed)
    pieces = split(blocks, 200, 0)
    assert "".join(letters(piece.text) for piece in pieces) == letters("".join(block.text for block in blocks))


def test_text_under_one_heading_overlaps_by_about_as_much_as_asked() -> None:
    text = " ".join(f"Sentence number {n} says nothing new." for n in range(600))
    pieces = list(split([Block(text)], 400, 100))
    shared = [one.window[1] - two.window[0] for one, two in pairwise(pieces)]
    assert all(50 <= tokens <= 100 for tokens in shared)
    assert all(piece.text.startswith("Sentence number") and piece.text.endswith("new.") for piece in pieces)
    assert "".join(new_letters(pieces)) == letters(text)


def test_a_word_is_torn_only_when_it_is_longer_than_a_chunk() -> None:
    long = "abcdefghij" * 300
    words = [*prose(1, 400).split(), long, *prose(2, 400).split()]
    pieces = list(split([Block(" ".join(words))], 100, 30))
    known = {*words}
    for piece in pieces:
        assert all(word in known or word in long or word in "".join(words) for word in piece.text.split())
    whole_words = {word for piece in pieces for word in piece.text.split()}
    assert known - {long} <= whole_words | {word for word in known if any("\u3040" <= c <= "\u9fff" for c in word)}


def test_a_chunk_ends_before_a_heading_that_comes_late_enough_and_repeats_nothing_after_it() -> None:
    one = Block("First. " * 350, headings=("A",))
    two = Block("Second. " * 350, headings=("B",))
    first, second = split([one, two], 800, 400)
    assert "Second" not in first.text
    assert "First" not in second.text
    assert (first.metadata, second.metadata) == ({"headings": ["A"]}, {"headings": ["B"]})


def test_a_chunk_says_from_which_page_to_which_it_goes() -> None:
    pages = [Block(f"Page {n}. " * 30, unit="page", number=n) for n in (1, 2, 3)]
    assert [piece.metadata for piece in split(pages, 300, 0)] == [{"page": 1, "last_page": 2}, {"page": 3}]


def test_sheets_share_no_chunk() -> None:
    sheets = [Block(f"cell of {name}", "table", unit="sheet", number=name) for name in ("one", "two")]
    assert [(piece.text, piece.metadata) for piece in split(sheets, 800, 400)] == [
        ("cell of one", {"sheet": "one"}),
        ("cell of two", {"sheet": "two"}),
    ]


def test_a_table_is_cut_between_its_rows() -> None:
    rows = [f"Dr. No. {n} | lives in St. Ives | owes {n} lb. of tea" for n in range(200)]
    pieces = split([Block("\n".join(rows), "table")], 200, 0)
    assert [line for piece in pieces for line in piece.text.split("\n")] == rows


def test_code_keeps_its_indentation() -> None:
    code = "\n\n".join(f"    def method_{n}(self):\n        return {n}" for n in range(100))
    pieces = list(split([Block(f"class Many:\n{code}", "code")], 150, 0))
    assert all(piece.text.startswith("    def ") for piece in pieces[1:])


def test_a_document_may_stay_whole() -> None:
    (piece,) = whole([Block("A"), Block(""), Block("B", unit="page", number=2)])
    assert (piece.text, piece.tokens) == ("A\n\nB", 2 + 1)


def test_nothing_makes_no_chunk() -> None:
    assert list(split([Block(" \n ")], 100, 0)) == []
    assert list(whole([])) == []
