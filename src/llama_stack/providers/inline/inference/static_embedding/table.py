"""A vector for each token, one byte a number: texts to tokens, tokens to sums."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

__all__ = ("UNKNOWN", "Table", "Vectors", "tokenizer", "unit")

Vectors = NDArray[np.float32]

UNKNOWN = "[UNK]"
_LONGEST_WORD = 100  # in characters; longer ones are unknown, as they are to MiniLM


class Table:
    """A folder's vocab.txt, codes.npy (int8, a row a token) and scales.npy (float32, what a 1 stands for in a row)."""

    def __init__(self, folder: Path) -> None:
        words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
        self._tokenizer, self._unknown = tokenizer(words), words.index(UNKNOWN)
        # Mapped: the operating system reads what is used, and processes share it. Plain arrays index faster than maps.
        self._codes: NDArray[np.int8] = np.asarray(np.load(folder / "codes.npy", mmap_mode="r"))
        self._scales: Vectors = np.load(folder / "scales.npy")[:, None]

    @property
    def dimension(self) -> int:
        return int(self._codes.shape[1])

    def sums(self, texts: Sequence[str]) -> tuple[Vectors, NDArray[np.int64]]:
        """Each text's token vectors added up, and how many tokens it has. A text without any counts as unknown."""
        rows = [text.ids for text in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        counts = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
        rows = [row or [self._unknown] for row in rows]
        lengths = np.maximum(counts, 1)
        tokens = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=int(lengths.sum()))
        vectors = self._codes[tokens] * self._scales[tokens]
        return np.add.reduceat(vectors, np.cumsum(lengths) - lengths, axis=0), counts


def tokenizer(words: Sequence[str]) -> Tokenizer:
    """MiniLM's: lower case, without accents, split at spaces and punctuation, then into the longest known pieces."""
    made = Tokenizer(
        WordPiece(
            {word: token for token, word in enumerate(words)},
            unk_token=UNKNOWN,
            max_input_chars_per_word=_LONGEST_WORD,
        )
    )
    made.normalizer, made.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    return made


def unit(vectors: Vectors) -> Vectors:
    """The vectors scaled to length one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
