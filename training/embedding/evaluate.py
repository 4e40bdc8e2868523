"""How well passages are found: `python -m training.embedding.evaluate MODEL OUT` prints the model card's table.

Each test set's titles (or questions) ask for the one passage that they stand over, among all of its passages. MiniLM
and BM25 answer the same questions, and so do token vectors before they were fitted (OUT/start). The static model is
the one that the package carries, through its own code.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from llama_stack.providers.inline.inference.static_embedding.provider import FOLDER
from llama_stack.providers.inline.inference.static_embedding.table import Table, Vectors, unit

from .bm25 import bm25
from .corpus import read
from .extract import Passage
from .teacher import embed, open_teacher

__all__ = ("everyday", "figures", "minilm", "static")

MOST = 1000  # passages of a test set; MiniLM takes its time over each
LENGTHS = (256, 128, 64)

Scores = NDArray[np.float32]
Score = Callable[[Sequence[str], Sequence[str]], Scores]


def figures(scores: Scores) -> tuple[float, float]:
    """nDCG@10 and recall@10, when the text that a query is after stands on the diagonal."""
    own = np.diag(scores)[:, None]
    ranks = (scores > own).sum(axis=1) + ((scores == own).sum(axis=1) - 1) / 2  # ties: the middle of them
    gains = np.where(ranks < 10, 1 / np.log2(ranks + 2), 0)
    return float(gains.mean()), float((ranks < 10).mean())


def minilm(model: Path) -> Score:
    teacher = open_teacher(model)

    def score(queries: Sequence[str], texts: Sequence[str]) -> Scores:
        asked, given = (embed(teacher, teacher.tokenize(each)) for each in (queries, texts))
        return np.asarray(asked @ given.T)

    return score


def static(table: Table, length: int) -> Score:
    def vectors(texts: Sequence[str]) -> Vectors:
        return unit(table.sums(texts)[0][:, :length])

    return lambda queries, texts: np.asarray(vectors(queries) @ vectors(texts).T)


def everyday() -> list[Passage]:
    lines = (Path(__file__).with_name("everyday.txt")).read_text().splitlines()
    written = [line for line in lines if line and not line.startswith("#")]
    return [Passage(*pair) for pair in zip(written[::2], written[1::2], strict=True)]


def _rows(model: Path, out: Path) -> Iterator[str]:
    ways: dict[str, Score] = {
        "BM25": bm25,
        "MiniLM (384)": minilm(model),
        "not fitted (256)": static(Table(out / "start"), 256),
    }
    ways |= {f"static ({length})": static(Table(FOLDER), length) for length in LENGTHS}
    yield f"| test set | passages | {' | '.join(ways)} |"
    yield "|---" * (2 + len(ways)) + "|"
    for name, passages in {**read(out / "test.jsonl"), "everyday questions": everyday()}.items():
        titles, bodies = zip(*passages[:MOST], strict=True)
        cells = ["{:.3f} / {:.3f}".format(*figures(score(titles, bodies))) for score in ways.values()]
        yield f"| {name} | {len(titles)} | {' | '.join(cells)} |"


if __name__ == "__main__":
    for row in _rows(Path(sys.argv[1]), Path(sys.argv[2])):
        sys.stdout.write(row + "\n")
