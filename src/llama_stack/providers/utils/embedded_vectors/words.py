"""Keyword search: texts and queries as words, and what holds them.

Scripts that put no spaces between words (Chinese, Japanese, Thai…) are kept letter by letter and asked for by pairs of
neighbouring letters, which is the usual way to find words in them without a dictionary.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

__all__ = ("indexed", "phrases", "query")

_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_RUN = re.compile(rf"({_SPACELESS.pattern}+)")
_WORDS = 200  # of a query: a page of text asks for no more


def indexed(text: str) -> str:
    """A text as the index takes it."""
    return text if text.isascii() else _SPACELESS.sub(r" \g<0> ", unicodedata.normalize("NFKC", text))


def phrases(text: str) -> list[str]:
    """The words of a text, each once, as the index may be asked for them."""
    normal = unicodedata.normalize("NFKC", text)
    words = "".join(letter if _in_word(letter) else " " for letter in normal).split()
    return list(dict.fromkeys(f'"{phrase}"' for word in words for phrase in _phrases(word)))[:_WORDS]


def query(store: int, needed: Sequence[str], weighed: Sequence[str] = ()) -> str:
    """Rows of a store that hold any of the needed phrases; in their score, those that are only weighed count too."""
    here = f'store:"{store}"'  # true of every row that is looked at
    asked = f"{here} AND text:({' OR '.join(needed)})"
    return f"{asked} AND ({here} OR text:({' OR '.join(weighed)}))" if weighed else asked


def _in_word(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter).startswith("M")


def _phrases(word: str) -> Iterator[str]:
    for part in filter(None, _RUN.split(word)):
        if len(part) == 1 or not _SPACELESS.match(part):
            yield part
        else:
            yield from (" ".join(pair) for pair in pairwise(part))
