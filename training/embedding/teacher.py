"""MiniLM's own embeddings, the lesson: `python -m training.embedding.teacher MODEL OUT` reads OUT/learn.jsonl.

The texts and their embeddings go to OUT/lesson.jsonl and OUT/lesson.npy; what each token is alone, to OUT/tokens.npy.
It takes minutes, so what is done is kept after every few thousand texts and not done again.
"""

import json
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from llama_stack.providers.inline.inference.sentence_transformers.encoder import Encoder, batches

from .corpus import read
from .words import phrases

__all__ = ("embed", "open_teacher")

PHRASES = 60_000
SHARD = 4096
Vectors = NDArray[np.float32]


def open_teacher(folder: Path) -> Encoder:
    return Encoder(folder, threads=1)


def embed(teacher: Encoder, tokens: Sequence[Sequence[int]]) -> Vectors:
    """Unit vectors, in the order of the texts."""
    vectors = np.empty((len(tokens), teacher.recipe.dimension), dtype=np.float32)
    for batch in batches([len(row) for row in tokens], 32):
        vectors[batch] = teacher.embed([tokens[index] for index in batch])
    return vectors


def vocabulary(folder: Path) -> list[str]:
    return (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()


def teach(model: Path, out: Path) -> None:
    teacher, words = open_teacher(model), vocabulary(model)
    begin, end = words.index("[CLS]"), words.index("[SEP]")
    alone: list[Any] = [[begin, token, end] for token in range(len(words))]
    _sharded(teacher, alone, out / "tokens.npy")
    pairs = [passage for passages in read(out / "learn.jsonl").values() for passage in passages]
    texts = [text for pair in pairs for text in pair] + phrases(words, PHRASES)  # a title, its body, a title, …
    with (out / "lesson.jsonl").open("w") as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)
    _sharded(teacher, teacher.tokenize(texts), out / "lesson.npy")


def _sharded(teacher: Encoder, tokens: Sequence[Sequence[int]], path: Path) -> None:
    shards: list[Vectors] = []
    began = time.monotonic()
    for start in range(0, len(tokens), SHARD):
        part = tokens[start : start + SHARD]
        shard = path.with_suffix(f".{sha256(json.dumps(part).encode()).hexdigest()[:16]}.npy")
        if not shard.is_file():
            np.save(shard, embed(teacher, part))
            sys.stderr.write(f"{path.name}: {start + SHARD} of {len(tokens)} after {time.monotonic() - began:.0f} s\n")
        shards.append(np.load(shard))
    np.save(path, np.concatenate(shards))


if __name__ == "__main__":
    teach(Path(sys.argv[1]), Path(sys.argv[2]))
