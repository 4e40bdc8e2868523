"""The tokenizer: bytes joined to pieces of words, each digit alone, the same pieces wherever a word stands.

A word is cut in the same way after a space, a quotation mark or at the start of a line, so that copying a value from
one place to another copies its tokens. Only then is the space joined to what follows, where that is a frequent word.
"""

import json
import re
import sys
from collections import Counter
from itertools import chain, islice
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
from tokenizers.decoders import ByteLevel as ByteLevelDecoder

from .mixture import lessons
from .rendering import SPECIAL, render

__all__ = ("load_tokenizer", "train_tokenizer")

SIZE = 2048
SPACED = 500  # tokens that are a space and a whole word
LESSON = 40_000
SEED = 1


def load_tokenizer(path: Path) -> Tokenizer:
    """What llama.cpp makes of the same vocabulary and merges, with the splitting of GPT-2."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return _tokenizer(kept["vocabulary"], [tuple(pair.split(" ")) for pair in kept["merges"]])


def train_tokenizer(path: Path) -> None:
    """Write the vocabulary and the merges."""
    texts = [render(each.rendered()) for each in islice(chain.from_iterable(lessons(SEED)), LESSON)]
    pieces = _pieces(texts)
    vocabulary, merges = pieces["vocab"], [tuple(pair) for pair in pieces["merges"]]
    for word in _frequent(texts, vocabulary):
        vocabulary["Ġ" + word] = len(vocabulary)
        merges.append(("Ġ", word))
    for special in SPECIAL:
        vocabulary[special] = len(vocabulary)
    kept = {"vocabulary": vocabulary, "merges": [" ".join(pair) for pair in merges]}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=0), encoding="utf-8")


def _pieces(texts: list[str]) -> dict[str, Any]:
    """Pieces that no space and no digit is part of."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(" ", "isolated"),
            pre_tokenizers.Split(Regex("|".join(map(re.escape, SPECIAL))), "removed"),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=SIZE - SPACED - len(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    model: dict[str, Any] = json.loads(tokenizer.to_str())["model"]
    return model


def _frequent(texts: list[str], vocabulary: dict[str, int]) -> list[str]:
    """The most frequent words after a space that are one token."""
    counts = Counter(word for text in texts for word in re.findall(r" ([A-Za-z]+|[^\sA-Za-z0-9]+)", text))
    return [word for word, _ in counts.most_common() if word in vocabulary and "Ġ" + word not in vocabulary][:SPACED]


def _tokenizer(vocabulary: dict[str, int], merges: list[Any]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


if __name__ == "__main__":
    train_tokenizer(Path(sys.argv[1]))
