"""The two searches, as SQL."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .....apis.vector_io.filters import Comparison, Compound
from .....apis.vector_io.index import Found, Metric
from .config import Hnsw, IvfFlat
from .filters import condition
from .rows import from_row
from .tables import COLUMNS, Table

__all__ = ("Query", "by_words", "fitting", "found", "nearest", "settings")


@dataclass(slots=True)
class Query:
    """A statement and its values."""

    values: list[object]
    text: str = field(default="", init=False)

    def bind(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"


def settings(kind: Hnsw | IvfFlat | None, rule: Comparison | Compound | None) -> dict[str, str]:
    """How an index is searched: on and on until enough rows fit the filter, and planned for the filter at hand."""
    wider = 1 if rule is None else _WIDER
    chosen = {"plan_cache_mode": "force_custom_plan"}
    match kind:
        case Hnsw():
            ef_search = min(wider * kind.ef_search, _LONGEST_LIST)
            chosen |= {"hnsw.iterative_scan": "strict_order", "hnsw.ef_search": str(ef_search)}
        case IvfFlat():
            probes = min(wider * kind.probes, kind.lists)
            chosen |= {"ivfflat.iterative_scan": "relaxed_order", "ivfflat.probes": str(probes)}
    return chosen


_WIDER = 4  # candidates with a filter, for many of them do not fit
_LONGEST_LIST = 1000  # what pgvector takes


def nearest(table: Table, vector: Sequence[float], limit: int, rule: Comparison | Compound | None) -> Query:
    """The rows nearest to a vector, as far as the index finds them."""
    query = Query([vector])
    fits = condition(rule, query.bind)
    # Where the index compares halved numbers, twice as many are taken, and put in order by the whole ones.
    taken = limit if table.distance("$1") == table.indexed_distance("$1") else 2 * limit
    query.text = (
        f"SELECT {COLUMNS}, {table.distance('$1')} AS distance FROM {table.name}"
        f" WHERE {fits} ORDER BY {table.indexed_distance('$1')} LIMIT {taken:d}"
    )
    return query


def fitting(table: Table, rule: Comparison | Compound, limit: int) -> Query:
    """How many rows fit a filter, counted as far as `limit`."""
    query = Query([])
    fits = condition(rule, query.bind)
    query.text = f"SELECT count(*) FROM (SELECT FROM {table.name} WHERE {fits} LIMIT {limit:d}) AS fitting"
    return query


def found(rows: Sequence[Any], metric: Metric, limit: int) -> list[Found]:
    scored = [Found(from_row(row), _similarity(row["distance"], metric)) for row in rows]
    return sorted(scored, key=lambda each: -each.score)[:limit]


def _similarity(distance: float, metric: Metric) -> float:
    if math.isnan(distance):  # the cosine of a vector without length
        return 0.0
    return 1.0 - distance if metric == "cosine" else -distance


def by_words(table: Table, words: Sequence[str], limit: int, rule: Comparison | Compound | None) -> Query:
    """The rows that hold one of these words. A word counts the more, the fewer rows hold it."""
    query = Query([words])
    fits = condition(rule, query.bind)
    query.text = f"""
        WITH asked AS MATERIALIZED (
            SELECT word, ln(1 + (total - holding + 0.5) / (holding + 0.5)) AS weight
            FROM (SELECT quote_literal(word)::tsquery AS word FROM unnest($1::text[]) AS word) AS each_word,
                LATERAL (SELECT count(*) AS holding FROM {table.name} WHERE words @@ word) AS those_that_hold_it,
                (SELECT count(*) AS total FROM {table.name}) AS all_rows
        )
        SELECT {COLUMNS}, (
            SELECT sum(weight * ts_rank(words, word, {_SHORTER_FIRST})) FROM asked WHERE words @@ word
        ) AS score
        FROM {table.name}
        WHERE words @@ (SELECT string_agg(word::text, ' | ')::tsquery FROM asked) AND {fits}
        ORDER BY score DESC, chunk_id LIMIT {limit:d}"""
    return query


_SHORTER_FIRST = 1  # ts_rank divides by the logarithm of the length
