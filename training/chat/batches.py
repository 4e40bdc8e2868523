"""Batches of dialogues, made beside the training by processes of their own.

A batch is one row of tokens: whole dialogues after each other. Dialogues that begin alike stand there as a beginning
and its ends: each end sees itself and the beginning, and none of the others. Now and then one is noise that is said
twice, so that copying what makes no sense stays practised.
"""

import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from queue import Empty
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .mixture import lessons
from .rendering import END, SPECIAL, render
from .tokens import load_tokenizer

__all__ = ("Batch", "Makers", "Numbers", "Part", "batches", "packed", "parts_of")

NOISE = 0.02  # of the rows
AHEAD = 8  # batches that a process makes in advance
PATIENCE = 5  # seconds, after which it is asked whether they still live
AT_ONCE = 256  # dialogues that are cut into tokens together

Numbers = NDArray[Any]


@dataclass
class Batch:
    """Where each token stands in its dialogue, where parts start, all that each part sees one after the other, where
    what the next part sees starts, and the places whose next token is learned."""

    tokens: Numbers
    positions: Numbers
    starts: Numbers
    seen: Numbers
    seen_starts: Numbers
    places: Numbers


@dataclass
class Part:
    """A dialogue, the beginning of some, or how one goes on; and the places in it whose next token is learned."""

    tokens: list[int]
    places: list[int]
    goes_on: bool = False  # from the last part that does not


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
    parts: list[Part] = []
    total = 0
    for lesson in _lessons(tokenizer, seed, context):
        length = sum(len(part.tokens) for part in lesson)
        if length > size:  # no row has room for it
            continue
        if total + length > size:
            yield packed([*parts, *_filling(size - total, context)])
            parts, total = [], 0
        parts += lesson
        total += length


def _filling(length: int, context: int) -> list[Part]:
    """Parts of nothing, none longer than any dialogue."""
    return [Part([0] * min(context, length - begun), []) for begun in range(0, length, context)]


def _lessons(tokenizer: Tokenizer, seed: str, context: int) -> Iterator[list[Part]]:
    chance, stream = Random(seed), lessons(seed)
    assistant, end = tokenizer.token_to_id("<|assistant|>"), tokenizer.token_to_id(END)
    words = tokenizer.get_vocab_size() - len(SPECIAL)
    while True:
        made = list(islice(stream, AT_ONCE))
        encoded = iter(tokenizer.encode_batch([render(each.rendered()) for lesson in made for each in lesson]))
        for lesson in made:
            rows = dict.fromkeys(tuple(next(encoded).ids) for _ in lesson)  # none twice
            if fitting := [list(row) for row in rows if len(row) <= context]:
                yield parts_of(fitting, assistant, end)
            if chance.random() < NOISE:
                yield [_noise(chance, words)]


def parts_of(rows: list[list[int]], assistant: int, end: int) -> list[Part]:
    """A dialogue as it is; of more than one what they share, and then how each goes on."""
    first, *others = (Part(row, _spoken(row, assistant, end)) for row in rows)
    if not others:
        return [first]
    shared = next(place for place, tokens in enumerate(zip(*rows, strict=False)) if len(set(tokens)) > 1)
    while shared - 1 in first.places:  # what the model says differs by what was said before
        shared -= 1
    beginning = Part(first.tokens[:shared], [place for place in first.places if place < shared])
    ends = (
        Part(part.tokens[shared:], [place - shared for place in part.places if place >= shared], goes_on=True)
        for part in (first, *others)
    )
    return [beginning, *ends]


def _noise(chance: Random, words: int) -> Part:
    """Of few tokens or many: where there are few, one token before is not enough to find the place."""
    length = chance.randint(6, 120)
    kinds = chance.sample(range(words), min(words, chance.choice((16, 40, 200, words))))
    noise = chance.choices(kinds, k=length)
    return Part(noise + noise, list(range(length, 2 * length - 1)))


def _spoken(row: list[int], assistant: int, end: int) -> list[int]:
    """The places whose next token is learned: what the model says, and the ends of its turns."""
    places, speaking = [], False
    for place, token in enumerate(row):
        speaking = token == assistant or (speaking and token != end)
        if speaking:
            places.append(place)
    return places


def packed(parts: list[Part]) -> Batch:
    """Parts one after the other in a row."""
    starts = np.cumsum([0, *(len(part.tokens) for part in parts)], dtype=np.int32)
    own = [np.arange(one, other, dtype=np.int32) for one, other in pairwise(starts)]
    seen, beginning = [], own[0][:0]
    for part, places in zip(parts, own, strict=True):
        if not part.goes_on:
            beginning = places
        seen.append(np.concatenate((beginning, places)) if part.goes_on else places)
    both = list(zip(seen, own, strict=True))
    return Batch(
        np.concatenate([part.tokens for part in parts]).astype(np.int32),
        np.concatenate([np.arange(len(sees) - len(places), len(sees)) for sees, places in both]).astype(np.int32),
        starts,
        np.concatenate(seen),
        np.cumsum([0, *map(len, seen)], dtype=np.int32),
        np.concatenate([np.asarray(part.places, np.int64) + start for part, start in zip(parts, starts, strict=False)]),
    )
