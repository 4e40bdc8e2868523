"""The lists in `data`: words, wordings, relations, stories, tools, topics."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ("listed", "load", "wordings")


@cache
def load(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).with_name("data") / f"{name}.toml").read_text(encoding="utf-8"))


def wordings(name: str, *, testing: bool) -> list[str]:
    """In how many ways something can be said; when testing, only those that were never learned."""
    found: list[str] = load("orders")[f"test_{name}" if testing else name]
    return found


def listed(name: str, *, testing: bool = False) -> list[str]:
    """The words of a list; when testing, those that are only tested, where there are such."""
    words = load("everyday")
    text = str(words.get(f"test_{name}", words[name]) if testing else words[name])
    return text.split("|") if "|" in text else text.split()
