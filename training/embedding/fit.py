"""Token vectors that add up to MiniLM's embeddings: `python -m training.embedding.fit MODEL OUT`.

It starts from what each token is to MiniLM when it stands alone, projected on the directions that carry most of the
lesson's texts, frequent tokens made short (model2vec's way). Then the vectors are moved so that, for each text of the
lesson, their sum points where MiniLM's embedding of the text does. OUT/start and OUT/fitted get the two models.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from llama_stack.providers.inline.inference.static_embedding.provider import DIMENSION
from llama_stack.providers.inline.inference.static_embedding.table import UNKNOWN, tokenizer, unit

from .teacher import vocabulary

__all__ = ("cosine", "pack")

SEED = 20261125
RARE = 1e-3  # a token that makes up this share of the text is shortened by half at the start
EPOCHS, BATCH, RATE = 6, 1536, 3e-3
HELD_OUT = 2000  # texts, to see that it learns rather than remembers

Array = NDArray[Any]


def fit(model: Path, out: Path) -> None:
    words = vocabulary(model)
    texts = [json.loads(line) for line in (out / "lesson.jsonl").read_text().splitlines()]
    bags, lesson = _bags(words, texts), np.load(out / "lesson.npy")
    axes = _principal_axes(lesson)
    goal = unit(lesson @ axes)
    start = _start(np.load(out / "tokens.npy") @ axes, bags)
    pack(start, words, out / "start")
    pack(_fitted(start, bags, goal), words, out / "fitted")


def pack(table: Array, words: Sequence[str], folder: Path) -> None:
    """Write the model's files: a byte a number, a scale a row, without tokens that no text is made of."""
    used = [token for token, word in enumerate(words) if word == UNKNOWN or not re.fullmatch(r"\[.+\]", word)]
    rows = table[used]
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-12) / 127
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "codes.npy", np.rint(rows / scales[:, None]).astype(np.int8))
    np.save(folder / "scales.npy", scales.astype(np.float32))
    (folder / "vocab.txt").write_text("".join(words[token] + "\n" for token in used), encoding="utf-8")


def cosine(table: Array, bags: Any, goal: Array) -> float:
    return float((unit(bags @ table) * goal).sum(axis=1).mean())


def _bags(words: Sequence[str], texts: Sequence[str]) -> Any:
    """How often each token (column) is in each text (row)."""
    rows = [text.ids for text in tokenizer(words).encode_batch_fast(texts, add_special_tokens=False)]
    ends = np.cumsum([0, *map(len, rows)])
    columns = np.concatenate([np.asarray(row, dtype=np.int32) for row in rows])
    return sparse.csr_matrix((np.ones(len(columns), np.float32), columns, ends), shape=(len(texts), len(words)))


def _principal_axes(lesson: Array) -> Array:
    """The directions with most of the lesson in them, the weightiest first: so the first numbers matter most."""
    _, vectors = np.linalg.eigh(lesson.T @ lesson)
    return np.asarray(vectors[:, ::-1][:, :DIMENSION], dtype=np.float32)


def _start(tokens: Array, bags: Any) -> Array:
    often = np.asarray(bags.sum(axis=0)).ravel() + 1
    weights = RARE / (RARE + often / often.sum())
    table = (tokens - tokens.mean(axis=0)) * weights[:, None]
    return np.asarray(table / np.linalg.norm(table, axis=1).mean(), dtype=np.float32)


def _fitted(start: Array, bags: Any, goal: Array) -> Array:
    """Adam on 1 - cosine, in batches, its steps growing smaller to the end."""
    chance = np.random.default_rng(SEED)
    order = chance.permutation(len(goal))
    held, learned = order[:HELD_OUT], order[HELD_OUT:]
    table, mean, square = start.copy(), np.zeros_like(start), np.zeros_like(start)
    steps = EPOCHS * (len(learned) // BATCH)
    for step, batch in enumerate(_batches(learned, chance), start=1):
        slope = _slope(table, bags[batch], goal[batch])
        mean += 0.1 * (slope - mean)
        square += 0.01 * (slope * slope - square)
        rate = RATE * min(1, step / 20) * (1 - (step - 1) / steps)
        table -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        if step % (steps // EPOCHS) == 0:
            sys.stderr.write(f"step {step} of {steps}: held-out cosine {cosine(table, bags[held], goal[held]):.4f}\n")
    return table


def _batches(rows: Array, chance: np.random.Generator) -> Iterator[Array]:
    for _ in range(EPOCHS):
        shuffled = chance.permutation(rows)
        yield from shuffled[: len(rows) // BATCH * BATCH].reshape(-1, BATCH)


def _slope(table: Array, bags: Any, goal: Array) -> Array:
    """Of the mean of 1 - cosine, for each number of the table."""
    sums = bags @ table
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-6)
    units = sums / lengths
    pull = ((goal * units).sum(axis=1, keepdims=True) * units - goal) / lengths / len(goal)
    return np.asarray(bags.T @ pull)


if __name__ == "__main__":
    fit(Path(sys.argv[1]), Path(sys.argv[2]))
