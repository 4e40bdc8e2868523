"""The lists in `data`: words, relations, tools, topics."""

import tomllib
from pathlib import Path
from typing import Any

__all__ = ("listed", "load")


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).with_name("data") / f"{name}.toml").read_text(encoding="utf-8"))


_WORDS = load("everyday")


def listed(name: str, *, testing: bool = False) -> list[str]:
    """The words of a list; when testing, those that are only tested, where there are such."""
    text = str(_WORDS.get(f"test_{name}", _WORDS[name]) if testing else _WORDS[name])
    return text.split("|") if "|" in text else text.split()
