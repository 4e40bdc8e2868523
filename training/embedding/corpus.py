"""The text to learn from and to test on: `python -m training.embedding.corpus OUT` writes OUT/{learn,test}.jsonl."""

import json
import random
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import Any

from .extract import EXTRACTORS, Passage

__all__ = ("read",)

SEED = 20261123
MOST_FILES = 10000  # of one source
WORDS = {"learn": 48, "test": 150}  # of a body that are kept: the teacher's time goes with them


def write(folder: Path) -> None:
    """Test passages come first, so that what stands in both is left out of learning."""
    sources = tomllib.loads((Path(__file__).with_name("sources.toml")).read_text())["source"]
    folder.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    for role in ("test", "learn"):
        with (folder / f"{role}.jsonl").open("w") as file:
            for source in (each for each in sources if each["role"] == role):
                kept = list(_passages(source, seen))
                file.writelines(json.dumps([source["name"], *passage]) + "\n" for passage in kept)
                sys.stderr.write(f"{role}: {source['name']}: {len(kept)} passages\n")


def read(path: Path) -> dict[str, list[Passage]]:
    """Source → passages."""
    found: dict[str, list[Passage]] = {}
    for line in path.read_text().splitlines():
        source, title, body = json.loads(line)
        found.setdefault(source, []).append(Passage(title, body))
    return found


def _passages(source: dict[str, Any], seen: set[str]) -> Iterator[Passage]:
    chance = random.Random(SEED)
    files = sorted(
        {path for pattern in source["paths"] for path in glob(str(Path(pattern).expanduser()), recursive=True)}
    )
    files = [
        path for path in files if Path(path).is_file() and not any(part in path for part in source.get("without", ()))
    ]
    chance.shuffle(files)
    extract = EXTRACTORS[source["kind"]]
    found = list(_fresh((each for path in files[:MOST_FILES] for each in extract(Path(path))), seen))
    titles = Counter(passage.title for passage in found)
    found = [passage for passage in found if titles[passage.title] == 1]
    for title, body in chance.sample(found, min(len(found), source["most"])):
        yield Passage(title, " ".join(body.split()[: WORDS[source["role"]]]))


def _fresh(passages: Iterable[Passage], seen: set[str]) -> Iterator[Passage]:
    """Those that are prose, and whose title and beginning nobody had."""
    for title, body in passages:
        passage = Passage(" ".join(title.split()[:40]).strip(" :"), body)
        marks = {_mark(passage.title), _mark(body)}
        if _is_prose(passage.title, 2) and _is_prose(body, 12) and not marks & seen:
            seen |= marks
            yield passage


def _mark(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())[:80]


def _is_prose(text: str, words: int) -> bool:
    """English or near it: enough words, most characters letters, and some of the commonest words in longer texts."""
    if len(text.split()) < words or sum(c.isascii() and (c.isalpha() or c == " ") for c in text) < 0.8 * len(text):
        return False
    return words < 10 or bool(re.search(r"\b(the|a|is|of|to|and)\b", text))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
