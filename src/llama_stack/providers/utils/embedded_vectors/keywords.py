"""Keyword search: the rows that hold words of a text, ranked by BM25."""

import json
import sqlite3
from collections.abc import Callable
from functools import lru_cache

from ....apis.vector_io.filters import Comparison, Compound, matches
from . import words
from .searcher import Hit
from .tables import Store

__all__ = ("by_words",)

_MANY = 5_000  # a word in more rows than that is common where it is in
_SHARE = 50  # more than one row in so many

# The name of the store is in each row of the words: it weighs nothing.
_BY_WORDS = """SELECT rowid, -bm25(vector_words, 0.0, 1.0) AS score FROM vector_words
    WHERE vector_words MATCH ? ORDER BY score DESC, rowid LIMIT ?"""
_BY_WORDS_AMONG = """SELECT rowid, -bm25(vector_words, 0.0, 1.0) AS score FROM vector_words
    WHERE vector_words MATCH ? AND fits(rowid) ORDER BY score DESC, rowid LIMIT ?"""
_BY_WORDS_FITTING = """SELECT rowid, -bm25(vector_words, 0.0, 1.0) AS score FROM vector_words
    WHERE vector_words MATCH ? AND (SELECT fits(attributes) FROM vectors WHERE seq = vector_words.rowid)
    ORDER BY score DESC, rowid LIMIT ?"""
_HOLD_AT_LEAST = "SELECT COUNT(*) FROM (SELECT 1 FROM vector_words WHERE vector_words MATCH ? LIMIT ?)"


def by_words(
    connection: sqlite3.Connection,
    store: Store,
    text: str,
    limit: int,
    rule: Comparison | Compound | None,
    among: Callable[[int], bool] | None = None,
) -> list[Hit]:
    """The best of the rows that hold any of the words and fit the rule, with their BM25.

    `among` says which rows fit, where that is known already. In a large store, rows that hold none of the rarer words
    are looked at only when the others are not enough: words like `the` and `how` are in most rows, and say little.
    """
    asked = words.phrases(text)
    common = [phrase for phrase in asked if _is_common(connection, store, phrase)]
    rare = [phrase for phrase in asked if phrase not in common]
    ranked = _prepared(connection, rule, among)
    if rare and common:
        found = connection.execute(ranked, (words.query(store.key, rare, common), limit)).fetchall()
        if len(found) == limit:
            return found
    return connection.execute(ranked, (words.query(store.key, asked), limit)).fetchall() if asked else []


def _is_common(connection: sqlite3.Connection, store: Store, phrase: str) -> bool:
    many = max(_MANY, store.chunks // _SHARE)
    if store.chunks <= many:
        return False
    (count,) = connection.execute(_HOLD_AT_LEAST, (words.query(store.key, [phrase]), many)).fetchone()
    return int(count) == many


def _prepared(
    connection: sqlite3.Connection, rule: Comparison | Compound | None, among: Callable[[int], bool] | None
) -> str:
    """The statement to ask with; the filter is a function of the connection."""
    if rule is None:
        return _BY_WORDS
    connection.create_function("fits", 1, among or _fits(rule))
    return _BY_WORDS_AMONG if among else _BY_WORDS_FITTING


def _fits(rule: Comparison | Compound) -> Callable[[str], bool]:
    """The rule itself, as SQL's function; attributes are mostly those of a document, and come again and again."""
    return lru_cache(10_000)(lambda attributes: matches(rule, json.loads(attributes)))
