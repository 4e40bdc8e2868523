"""Scores between 0 and 1, in an order that can be explained."""

import pytest

from llama_stack.apis.vector_io.index import Found, IndexedChunk
from llama_stack.core.vector_stores.ranking import best_of, fused, keyword_scored, vector_scored, weighted


def found(**scores: float) -> list[Found]:
    return [Found(IndexedChunk(name, "d", 0, name), score) for name, score in scores.items()]


def shown(results: list[Found]) -> list[tuple[str, float]]:
    return [(each.chunk.chunk_id, round(each.score, 4)) for each in results]


def test_a_cosine_is_a_score_and_never_negative() -> None:
    assert shown(vector_scored(found(a=0.9, b=0.0, c=-0.4), "cosine")) == [("a", 0.9), ("b", 0.0), ("c", 0.0)]


@pytest.mark.parametrize("metric", ["dot", "l2"])
def test_other_metrics_keep_their_order_and_are_squeezed(metric: str) -> None:
    given = [-1e9, -900.0, -3.0, -0.5, 0.0] + ([2.0, 900.0, 1e9] if metric == "dot" else [])
    scores = [each.score for each in vector_scored(found(**{f"n{at}": s for at, s in enumerate(given)}), metric)]  # type: ignore[arg-type]
    assert scores == sorted(scores)
    assert all(0 <= score <= 1 for score in scores)


def test_a_keyword_score_is_squeezed() -> None:
    assert shown(keyword_scored(found(a=3.0, b=1.0, c=0.0))) == [("a", 0.75), ("b", 0.5), ("c", 0.0)]


def test_rank_fusion_prefers_what_both_lists_have() -> None:
    lists = {"vector": found(a=0.9, b=0.8), "keyword": found(b=0.7, c=0.6)}
    assert [name for name, _ in shown(fused(lists, 60, {}))] == ["b", "a", "c"]


def test_the_first_of_every_list_scores_one() -> None:
    assert shown(fused({"vector": found(a=0.1), "keyword": found(a=0.1)}, 60, {})) == [("a", 1.0)]


def test_a_weight_shifts_rank_fusion() -> None:
    lists = {"vector": found(a=0.9), "keyword": found(b=0.9)}
    assert [name for name, _ in shown(fused(lists, 60, {"vector": 1, "keyword": 3}))] == ["b", "a"]


def test_a_weighted_mean_scales_each_list_by_its_best() -> None:
    lists = {"vector": found(a=0.4, b=0.2), "keyword": found(b=0.1)}
    assert shown(weighted(lists, {"vector": 0.5, "keyword": 0.5})) == [("b", 0.75), ("a", 0.5)]


def test_lists_of_nothing_weigh_nothing() -> None:
    assert weighted({"vector": [], "keyword": found(a=0.0)}, {"vector": 1.0, "keyword": 0.0}) == found(a=0.0)


def test_of_several_queries_the_best_score_counts() -> None:
    assert shown(best_of([found(a=0.2, b=0.1), found(b=0.9)])) == [("b", 0.9), ("a", 0.2)]


def test_equal_scores_come_in_a_fixed_order() -> None:
    assert shown(best_of([found(z=0.5, a=0.5, m=0.5)])) == [("a", 0.5), ("m", 0.5), ("z", 0.5)]
