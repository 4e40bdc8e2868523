"""The token table and the way of a request through it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from llama_stack.providers.inline.inference.static_embedding.provider import FOLDER
from llama_stack.providers.inline.inference.static_embedding.run import Run
from llama_stack.providers.inline.inference.static_embedding.table import Table, Vectors, unit

MEGABYTES = 10
PROSE = "Gateways relay what they are given; retries come before the first byte. "


@pytest.fixture(scope="module")
def table() -> Table:
    return Table(FOLDER)


def embedded(table: Table, *texts: str) -> Vectors:
    return unit(table.sums(texts)[0])


def test_the_model_is_small_and_names_what_it_was_made_from() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MEGABYTES * 1_000_000
    assert "all-MiniLM-L6-v2" in (FOLDER / "NOTICE").read_text()
    assert "Apache License" in (FOLDER / "LICENSE").read_text()


def test_every_word_has_a_row_and_a_scale() -> None:
    words = (FOLDER / "vocab.txt").read_text(encoding="utf-8").splitlines()
    codes, scales = np.load(FOLDER / "codes.npy"), np.load(FOLDER / "scales.npy")
    assert (codes.shape, codes.dtype, scales.shape) == ((len(words), 256), np.int8, (len(words),))
    assert len(set(words)) == len(words)


def test_the_same_text_has_the_same_embedding_to_the_bit_whatever_is_beside_it(table: Table) -> None:
    alone = table.sums(["the cat sat"])[0][0]
    beside = table.sums([PROSE * 40, "", "the cat sat", "x"])[0][2]
    assert alone.tobytes() == beside.tobytes()


def test_case_and_accents_make_no_difference_but_words_do(table: Table) -> None:
    first, second, third = embedded(table, "Crème BRÛLÉE", "creme brulee", "gearbox")
    assert np.array_equal(first, second)
    assert first @ third < 0.3


def test_tokens_are_counted_as_minilm_would_without_its_two_marks(table: Table) -> None:
    assert table.sums(["hello world", "", "unbelievably, 3 tokens"])[1].tolist() == [2, 0, 9]


@pytest.mark.parametrize("text", ["", "   \n", "\ufeff", "☃" * 20, "x" * 300, "\x00", "🦙", "\U0010ffff"])
def test_a_text_without_known_words_has_an_embedding_of_length_one(table: Table, text: str) -> None:
    assert np.linalg.norm(embedded(table, text)[0]) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "text", [PROSE * 2000, "x" * 40_000, "日本" * 20_000, "a-" * 40_000], ids=lambda text: text[:2]
)
def test_a_long_text_in_pieces_is_the_same_as_in_one(table: Table, text: str) -> None:
    run = Run(table, ["before", text, "after"])
    run.embed_all()
    whole = embedded(table, "before", text, "after")
    np.testing.assert_allclose(unit(run.sums), whole, atol=2e-5)


def test_steps_hold_a_bounded_number_of_characters(table: Table) -> None:
    steps = list(Run(table, [PROSE * 5000, *["short"] * 20_000]).steps)
    assert max(sum(len(text) for _, text in step) for step in steps) <= 65_536
    assert sum(len(step) for step in steps) > 20_000


def test_ten_thousand_texts_are_each_in_their_place(table: Table) -> None:
    texts = [f"number {n}" for n in range(10_000)]
    run = Run(table, texts)
    run.embed_all()
    np.testing.assert_allclose(
        run.sums[[0, 777, 9_999]], table.sums(["number 0", "number 777", "number 9999"])[0], rtol=1e-6
    )


def test_the_files_are_those_that_were_measured() -> None:
    digest = hashlib.sha256(b"".join((FOLDER / name).read_bytes() for name in ("codes.npy", "scales.npy", "vocab.txt")))
    card = (Path(__file__).parents[4] / "docs/models/static-embedding.md").read_text()
    assert digest.hexdigest() in card
