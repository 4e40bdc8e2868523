"""Words of texts and of queries, for backends whose own idea of a word is not enough.

Scripts that put no spaces between words (Chinese, Japanese, Thai…) are found by pairs of neighbouring letters, which is
the usual way without a dictionary.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

__all__ = ("asked", "held")

_SPACELESS = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_RUN = re.compile(f"({_SPACELESS}+)")
_LONGEST = 200  # letters of a word: what is longer is known by its beginning
_MOST = 200  # words of a query: a page of text asks for no more


def held(text: str) -> list[str]:
    """The words of a text, in their order and as often as it has them."""
    return [word for run in _runs(text) for word in _parts(run)]


def asked(text: str) -> list[str]:
    """The words to look for: each once."""
    return list(dict.fromkeys(word for run in _runs(text) for word in _phrases(run)))[:_MOST]


def _runs(text: str) -> Iterator[str]:
    """Parts of a text that are letters and digits of one sort, without regard to case."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    if not normal.isascii():
        normal = unicodedata.normalize("NFKC", normal)  # a folded letter may be another combination
    for word in "".join(letter if _in_word(letter) else " " for letter in normal).split():
        yield from filter(None, [word] if word.isascii() else _RUN.split(word))


def _in_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def _spaceless(run: str) -> bool:
    return _RUN.match(run) is not None


def _parts(run: str) -> list[str]:
    return [*run, *map("".join, pairwise(run))] if _spaceless(run) else [run[:_LONGEST]]


def _phrases(run: str) -> list[str]:
    return [*map("".join, pairwise(run))] if _spaceless(run) and len(run) > 1 else [run[:_LONGEST]]
