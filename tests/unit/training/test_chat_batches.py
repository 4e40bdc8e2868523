"""Rows of dialogues: those that begin alike stand there once, with all their ends."""

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import ByteLevel

from training.chat.batches import batches, packed, parts_of
from training.chat.rendering import SPECIAL
from training.chat.tokens import load_tokenizer

ASSISTANT, END = 1, 2
ALIKE = [
    [9, 5, 6, 7, ASSISTANT, 8, END],
    [9, 5, 6, 3, ASSISTANT, 4, 4, END],
    [9, 5, 6, 7, 7, ASSISTANT, 8, END],
]


def test_one_dialogue_is_a_row_of_its_own() -> None:
    batch = packed(parts_of(ALIKE[:1], ASSISTANT, END))
    assert batch.tokens.tolist() == ALIKE[0]
    assert batch.positions.tolist() == batch.seen.tolist() == list(range(7))
    assert batch.places.tolist() == [4, 5]


def test_each_end_sees_the_beginning_and_itself() -> None:
    batch = packed([*parts_of([[9, ASSISTANT, END]], ASSISTANT, END), *parts_of(ALIKE, ASSISTANT, END)])
    assert len(batch.tokens) == 3 + 3 + sum(len(row) - 3 for row in ALIKE)
    seen = [batch.tokens[places].tolist() for places in np.split(batch.seen, batch.seen_starts[1:-1])]
    assert seen == [[9, ASSISTANT, END], [9, 5, 6], *ALIKE]
    positions = [part.tolist() for part in np.split(batch.positions, batch.starts[1:-1])]
    assert positions == [[0, 1, 2], [0, 1, 2], *(list(range(3, len(row))) for row in ALIKE)]


def test_what_is_learned_is_the_same_as_of_each_alone() -> None:
    batch = packed(parts_of(ALIKE, ASSISTANT, END))
    alone = [packed(parts_of([row], ASSISTANT, END)) for row in ALIKE]
    assert batch.tokens[batch.places + 1].tolist() == [
        token for each in alone for token in each.tokens[each.places + 1].tolist()
    ]


@pytest.mark.parametrize("same", [1, 3, 5])
def test_where_the_answers_begin_alike_too_each_learns_its_own(same: int) -> None:
    """The last token that is shared cannot be followed by two."""
    rows = [[9, 5, ASSISTANT, *range(10, 10 + same), other, END] for other in (7, 8)]
    batch = packed(parts_of(rows, ASSISTANT, END))
    learned = batch.tokens[batch.places + 1].tolist()
    assert learned == [*range(10, 10 + same), 7, END, *range(10, 10 + same), 8, END]


@pytest.fixture
def letters(tmp_path: Path) -> Tokenizer:
    """A tokenizer that joins no letters."""
    tokens = [*sorted(ByteLevel.alphabet()), *SPECIAL]
    kept = {"vocabulary": {token: number for number, token in enumerate(tokens)}, "merges": []}
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(kept), encoding="utf-8")
    return load_tokenizer(path)


def test_batches_are_full_rows_from_which_what_the_model_says_is_learned(letters: Tokenizer) -> None:
    size, end = 16_384, letters.token_to_id("<|end|>")
    for batch in islice(batches(letters, "seed", size, 4096), 3):
        assert len(batch.tokens) == len(batch.positions) == batch.starts[-1] == size
        assert len(batch.seen) == batch.seen_starts[-1] >= size
        assert (np.diff(batch.seen_starts) >= np.diff(batch.starts)).all()
        assert (batch.tokens[batch.places + 1] == end).sum() > 5
        assert batch.positions.max() < 4096


def test_what_has_no_room_leaves_parts_that_are_no_longer_than_a_dialogue(letters: Tokenizer) -> None:
    """A lesson of many dialogues can be longer than the context, and then so is the room that it leaves."""
    made = list(islice(batches(letters, "seed", 16_384, 1024), 20))
    assert all(len(batch.tokens) == 16_384 for batch in made)
    assert max(np.diff(batch.starts).max() for batch in made) <= 1024
    assert any((batch.tokens[-1100:] == 0).all() for batch in made)
