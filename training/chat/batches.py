"""Batches of dialogues, made beside the training by processes of their own.

A batch is one row of tokens: whole dialogues after each other. Now and then one is noise that is said twice, so that
copying what makes no sense stays practised.
"""

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import Empty
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .mixture import dialogues
from .rendering import END, SPECIAL, render
from .tokens import load_tokenizer

__all__ = ("Batch", "Makers", "Numbers", "batches")

NOISE = 0.02  # of the rows
AHEAD = 8  # batches that a process makes in advance
PATIENCE = 5  # seconds, after which it is asked whether they still live
AT_ONCE = 256  # dialogues that are cut into tokens together

Numbers = NDArray[Any]


@dataclass
class Batch:
    """Where each token stands in its dialogue, where dialogues start, and the places whose next token is learned."""

    tokens: Numbers
    positions: Numbers
    starts: Numbers
    places: Numbers


class Makers:
    """Processes that make batches, each from a seed of its own; taken in turn, so that a seed means the same always."""

    def __init__(self, tokenizer: Path, seed: int, size: int, context: int, processes: int) -> None:
        started = multiprocessing.get_context("spawn")
        self._queues = [started.Queue(AHEAD) for _ in range(processes)]
        self._processes = [
            started.Process(target=_make, args=(queue, tokenizer, f"{seed}-{number}", size, context), daemon=True)
            for number, queue in enumerate(self._queues)
        ]

    def __iter__(self) -> Iterator[Batch]:
        for process in self._processes:
            process.start()
        while True:
            for queue in self._queues:
                yield self._next(queue)

    def _next(self, queue: Any) -> Batch:
        while True:
            try:
                made: Batch = queue.get(timeout=PATIENCE)
            except Empty:
                if not all(process.is_alive() for process in self._processes):
                    raise RuntimeError("a process that makes dialogues has ended: see above") from None
            else:
                return made


def _make(queue: Any, tokenizer: Path, seed: str, size: int, context: int) -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # each has one core
    for batch in batches(load_tokenizer(tokenizer), seed, size, context):
        queue.put(batch)


def batches(tokenizer: Tokenizer, seed: str, size: int, context: int) -> Iterator[Batch]:
    """Each of `size` tokens: where the next dialogue has no room, something fills up from which nothing is learned."""
    rows: list[tuple[list[int], list[int]]] = []
    total = 0
    for row in _rows(tokenizer, seed, context):
        if total + len(row[0]) > size:
            filling: list[int] = [0] * (size - total)
            yield _batch([*rows, (filling, [])] if filling else rows)
            rows, total = [], 0
        rows.append(row)
        total += len(row[0])


def _rows(tokenizer: Tokenizer, seed: str, context: int) -> Iterator[tuple[list[int], list[int]]]:
    """Tokens, and the places among them whose next is learned: what the model says, and the ends of its turns."""
    chance, stream = Random(seed), dialogues(seed)
    assistant, end = tokenizer.token_to_id("<|assistant|>"), tokenizer.token_to_id(END)
    words = tokenizer.get_vocab_size() - len(SPECIAL)
    while True:
        texts = [render(each.rendered()) for each in islice(stream, AT_ONCE)]
        for encoded in tokenizer.encode_batch(texts):
            if len(encoded.ids) <= context:
                yield encoded.ids, _spoken(encoded.ids, assistant, end)
            if chance.random() < NOISE:
                yield _noise(chance, words)


def _noise(chance: Random, words: int) -> tuple[list[int], list[int]]:
    """Of few tokens or many: where there are few, one token before is not enough to find the place."""
    length = chance.randint(6, 120)
    kinds = chance.sample(range(words), min(words, chance.choice((16, 40, 200, words))))
    noise = chance.choices(kinds, k=length)
    return noise + noise, list(range(length, 2 * length - 1))


def _spoken(row: list[int], assistant: int, end: int) -> list[int]:
    places, speaking = [], False
    for place, token in enumerate(row):
        speaking = token == assistant or (speaking and token != end)
        if speaking:
            places.append(place)
    return places


def _batch(rows: list[tuple[list[int], list[int]]]) -> Batch:
    lengths = [len(tokens) for tokens, _ in rows]
    starts = np.cumsum([0, *lengths], dtype=np.int32)
    return Batch(
        np.concatenate([tokens for tokens, _ in rows]).astype(np.int32),
        np.concatenate([np.arange(length, dtype=np.int32) for length in lengths]),
        starts,
        np.concatenate([np.asarray(row[1], np.int64) + start for row, start in zip(rows, starts, strict=False)]),
    )
