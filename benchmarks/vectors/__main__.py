"""Vector search, in one run: python -m benchmarks.vectors [--size 1000000] [--only llama-stack,chroma].

Each engine has a process of its own, one after the other, over the same file of vectors. What is measured joins what is
known of that size in benchmarks/results, so a run may be split, or be done again for one engine.
"""

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..report import aligned, known, number, save
from .data import DIMENSION, make
from .engines import ENGINES, OURS

__all__ = ("main",)

_PACKAGES = ("apsw", "chromadb", "faiss-cpu", "numpy", "sqlite-vec")
_HEAD = ("all: p50 ms", "a second", "16 at once", "recall", "1 %: p50 ms", "a second", "16 at once", "recall")
_FIGURES = ("p50_ms", "per_s", "per_s_at_16", "recall")


def main() -> None:
    """Measure, print the table, save the figures."""
    chosen = _options()
    section = f"vectors {chosen.size:,} × {DIMENSION}"
    with tempfile.TemporaryDirectory(prefix="bench-", dir=chosen.folder) as folder:
        corpus = (chosen.folder or Path(folder)) / f"corpus-{chosen.size}"
        make(corpus, chosen.size)
        for name in chosen.only.split(",") if chosen.only else ENGINES:
            if (figures := _measured(name.strip(), corpus, Path(folder))) is not None:
                found = known(section).get("figures", {}) | {name.strip(): figures}
                save(section, {"versions": _versions(), "figures": found})
    _show(section, known(section)["figures"])


def _measured(name: str, corpus: Path, folder: Path) -> dict[str, Any] | None:
    own = Path(tempfile.mkdtemp(dir=folder))
    command = [sys.executable, "-m", "benchmarks.vectors.measure", name, str(corpus), str(own)]
    environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    shutil.rmtree(own)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        print(f"{name}: skipped: {reason}", file=sys.stderr)
        return None
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{name}: filled in {figures['fill_s']:.0f} s", file=sys.stderr, flush=True)
    return figures


def _show(section: str, figures: dict[str, Any]) -> None:
    rows = [[section, *_HEAD, "fill s", "MB"]]
    for name in sorted(figures, key=list(ENGINES).index):
        one = figures[name]
        cells = [number(one[part][figure]) for part in ("all", "filtered") for figure in _FIGURES]
        rows.append([name, *cells, number(one["fill_s"]), number(one["memory_mb"])])
    print(aligned(rows))
    if OURS in figures:
        print("\n" + aligned([[f"{OURS}: times as fast", *_HEAD[:3], *_HEAD[4:7], ""], *_ratios(figures)]))


def _ratios(figures: dict[str, Any]) -> list[list[str]]:
    return [
        [
            f"as {name}",
            *(_ratio(figures[OURS][p][f], other[p][f], f) for p in ("all", "filtered") for f in _FIGURES[:3]),
            "",
        ]
        for name, other in figures.items()
        if name != OURS
    ]


def _ratio(ours: float, theirs: float, figure: str) -> str:
    return number(theirs / ours if figure == "p50_ms" else ours / theirs)


def _versions() -> dict[str, str]:
    installed = {each.metadata["Name"] for each in importlib.metadata.distributions()}
    return {name: importlib.metadata.version(name) for name in _PACKAGES if name in installed}


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=100_000, help="vectors; a million takes about an hour")
    options.add_argument("--only", help=f"engines, separated by commas, of: {' / '.join(ENGINES)}")
    options.add_argument("--folder", type=Path, help="where files are made; the vectors stay there for another run")
    return options.parse_args()


if __name__ == "__main__":
    main()
