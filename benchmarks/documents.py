"""How fast documents become chunks, beside what counting their tokens alone takes.

Run it: python -m benchmarks.documents                 10 MB
        python -m benchmarks.documents --megabytes 2

The text is this repository's own, repeated. Times are of the processor, on one core.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from llama_stack.providers.utils.documents.block import Block
from llama_stack.providers.utils.documents.readers.markdown import blocks_of
from llama_stack.providers.utils.documents.splitting import split
from llama_stack.providers.utils.documents.tokens import count_each

__all__ = ("CUTS", "corpus", "seconds")

CUTS: Sequence[tuple[int, int]] = [(800, 400), (800, 0), (200, 50)]
_ROOT = Path(__file__).parents[1]


def corpus(megabytes: float) -> str:
    """So much text: documentation and source code."""
    files = [*sorted((_ROOT / "docs").rglob("*.md")), *sorted((_ROOT / "src").rglob("*.py"))]
    text, size = "\n\n".join(file.read_text() for file in files), int(megabytes * 1e6)
    return (text * (size // len(text) + 1))[:size]


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--megabytes", type=float, default=10)
    text = corpus(parser.parse_args().megabytes)
    size = len(text.encode()) / 1e6
    count_each(["the first opens it"])
    paragraphs = text.split("\n\n")
    alone = seconds(lambda: count_each(paragraphs))
    print(f"{'counting alone':24}{size / alone:8.1f} MB/s")
    for most, shared in CUTS:
        for name, made in (("text", lambda: [Block(text)]), ("markdown", lambda: blocks_of(text))):
            taken = seconds(lambda made=made, most=most, shared=shared: list(split(made(), most, shared)))  # type: ignore[misc]
            print(f"{f'{name}, {most}/{shared}':24}{size / taken:8.1f} MB/s{taken / alone:8.1f} ×")


if __name__ == "__main__":
    main()
