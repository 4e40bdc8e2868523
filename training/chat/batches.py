"""Batches of dialogues of like length, and of noise to be copied."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random

import torch
from tokenizers import Tokenizer
from torch import Tensor

from .mixture import dialogues
from .rendering import END, SPECIAL, render

__all__ = ("Batch", "copying", "learning")

POOL = 1024  # dialogues that are sorted by length together


@dataclass
class Batch:
    """Rows of tokens; the places that predict something learned, counted along the rows; what they predict."""

    tokens: Tensor
    places: Tensor
    targets: Tensor


def learning(tokenizer: Tokenizer, seed: int, size: int, context: int) -> Iterator[Batch]:
    """Dialogues; what is learned is what the model says in them. `size` is in tokens."""
    chance = Random(seed)  # noqa: S311 - dice, no secrets
    assistant, end = tokenizer.token_to_id("<|assistant|>"), tokenizer.token_to_id(END)
    stream = dialogues(seed)
    while True:
        texts = [render(each.rendered()) for each in islice(stream, POOL)]
        rows = sorted((encoded.ids for encoded in tokenizer.encode_batch(texts)), key=len)
        groups = list(_grouped([row for row in rows if len(row) <= context], size))
        chance.shuffle(groups)
        for group in groups:
            yield _batch(group, [_spoken(row, assistant, end) for row in group], end)


def copying(tokenizer: Tokenizer, seed: int, size: int) -> Iterator[Batch]:
    """Noise, twice; what is learned is the second time.

    Rows of few tokens repeat themselves: there, one token before is not enough to find the place.
    """
    chance = Random(seed)  # noqa: S311 - dice, no secrets
    words = range(tokenizer.get_vocab_size() - len(SPECIAL))
    while True:
        length = chance.randint(6, 60)
        rows = []
        for _ in range(size // (2 * length)):
            noise = chance.choices(chance.sample(words, chance.choice((16, 40, 200, len(words)))), k=length)
            rows.append(noise + noise)
        yield _batch(rows, [list(range(length + 1, 2 * length)) for _ in rows], 0)


def _grouped(rows: list[list[int]], size: int) -> Iterator[list[list[int]]]:
    group: list[list[int]] = []
    for row in rows:
        if group and (len(group) + 1) * len(row) > size:
            yield group
            group = []
        group.append(row)
    yield group


def _spoken(row: list[int], assistant: int, end: int) -> list[int]:
    """The places of what the model says, the ends of its turns among them."""
    places, speaking = [], False
    for place, token in enumerate(row):
        if speaking:
            places.append(place)
        speaking = token == assistant or (speaking and token != end)
    return places


def _batch(rows: list[list[int]], learned: list[list[int]], padding: int) -> Batch:
    width = max(map(len, rows))
    tokens = torch.tensor([row + [padding] * (width - len(row)) for row in rows])
    at = torch.tensor([number * width + place for number, places in enumerate(learned) for place in places])
    return Batch(tokens, at - 1, tokens.view(-1)[at])
