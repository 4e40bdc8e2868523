"""Embeddings are those of sentence-transformers 6.2 with torch 2.13, which made the numbers below."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llama_stack.providers.inline.inference.sentence_transformers.encoder import Encoder, batches
from llama_stack.providers.inline.inference.sentence_transformers.graph import FLOAT, INT64, Graph

TEXTS = ["The cat sat on the mats.", "", "dog ran running " * 20]
ROBERTA = {"model_type": "roberta", "pad_token_id": 0, "type_vocab_size": 1, "architectures": ["RobertaModel"]}

# What the folder says, and the first, second and last number of each text's embedding.
CASES: dict[str, tuple[dict[str, Any], list[list[float]]]] = {
    "mean": (
        {},
        [[-0.140433, 0.009214, 0.086717], [-0.123447, 0.075198, 0.082032], [-0.152918, 0.022181, 0.128018]],
    ),
    "cls, not normalized": (
        {"pooling": {"pooling_mode_cls_token": True}, "normalize": False},
        [[-1.150551, 0.460162, 0.069441], [-1.077618, 0.392127, 0.544924], [-1.034813, 0.581427, 0.65539]],
    ),
    "max and last token, tanh": (
        {"pooling": {"pooling_mode": ["max", "lasttoken"]}, "config": {"hidden_act": "gelu_new"}},
        [[-0.032931, 0.056391, 0.046147], [-0.027931, 0.050657, 0.040413], [-0.05287, 0.069899, 0.107859]],
    ),
    "weighted mean, RoBERTa": (
        {"pooling": {"pooling_mode": "weightedmean"}, "config": ROBERTA},
        [[-0.12906, 0.020711, 0.157088], [-0.046282, -0.016252, 0.072502], [-0.172877, -4.2e-05, 0.191023]],
    ),
    "mean by root, default prompt": (
        {
            "pooling": {"pooling_mode_mean_sqrt_len_tokens": True},
            "normalize": False,
            "texts": {"prompts": {"q": "query: "}, "default_prompt_name": "q"},
        },
        [[-2.392341, 0.977367, 2.418092], [-0.972704, 0.402289, 0.401909], [-2.821142, 0.387899, 3.639804]],
    ),
}

Build = Callable[..., Path]


def embed(folder: Path, texts: list[str]) -> Any:
    encoder = Encoder(folder, threads=1)
    return encoder.embed(encoder.tokenize(texts, encoder.recipe.prompt(None)))


@pytest.mark.parametrize("case", CASES)
def test_embeddings_are_those_of_sentence_transformers(build: Build, case: str) -> None:
    options, expected = CASES[case]
    assert embed(build(**options), TEXTS)[:, [0, 1, -1]] == pytest.approx(np.array(expected), abs=2e-5)


@pytest.mark.skipif("MINILM_FOLDER" not in os.environ, reason="MINILM_FOLDER names no folder of all-MiniLM-L6-v2")
def test_all_minilm_gives_what_it_gives_in_sentence_transformers() -> None:
    texts = ["The cat sits on the mat.", "Ein Kätzchen schläft — 猫は寝る 🐈.", "", "  spaces around  ", "word " * 600]
    expected = [
        [0.134177, -0.0329, -0.024804, 0.060122],
        [0.037353, 0.066107, -0.029276, 0.043121],
        [-0.118838, 0.048299, -0.002548, -0.015717],
        [-0.002617, -0.007501, 0.020951, 0.033289],
        [-0.008124, -0.095586, -0.038673, 0.015241],
    ]
    vectors = embed(Path(os.environ["MINILM_FOLDER"]), texts)
    assert vectors[:, [0, 1, 2, -1]] == pytest.approx(np.array(expected), abs=2e-6)


def test_a_text_is_embedded_alike_alone_and_among_longer_ones(build: Build) -> None:
    folder = build()
    assert embed(folder, TEXTS)[1] == pytest.approx(embed(folder, TEXTS[1:2])[0], abs=1e-6)


@pytest.mark.parametrize(("dtype", "tolerance"), [("F16", 2e-3), ("BF16", 2e-2)])
def test_half_precision_weights_are_widened(build: Build, dtype: str, tolerance: float) -> None:
    exact = embed(build("F32"), TEXTS)
    assert embed(build(dtype, dtype=dtype), TEXTS) == pytest.approx(exact, abs=tolerance)


def test_weights_may_be_those_of_a_model_with_a_head(build: Build) -> None:
    assert embed(build("a", prefix="bert."), TEXTS) == pytest.approx(embed(build("b"), TEXTS))


def test_a_repository_s_own_graph_comes_first_and_gets_only_the_inputs_it_names(build: Build) -> None:
    folder = build(normalize=False)
    graph = Graph()
    ids = graph.node("Unsqueeze", graph.node("Cast", "input_ids", to=FLOAT), graph.constant(2))
    hidden = graph.node("Expand", ids, graph.constant(1, 1, 32))  # each token's vector is its id, 32 times
    sizes = ["texts", "tokens"]
    (folder / "onnx").mkdir()
    model = graph.encode({"input_ids": (INT64, sizes)}, {hidden: (FLOAT, [*sizes, 32])})
    (folder / "onnx" / "model.onnx").write_bytes(model)
    assert embed(folder, ["the cat", "the"]) == pytest.approx(
        np.array([[(2 + 5 + 7 + 3) / 4] * 32, [(2 + 5 + 3) / 3] * 32])
    )


def test_lower_case_is_for_models_that_ask_for_it(build: Build) -> None:
    folder = build(sentence={"max_seq_length": 16, "do_lower_case": True})
    assert Encoder(folder, threads=1).tokenize(["THE Cat"]) == [[2, 5, 7, 3]]


def test_batches_hold_texts_of_like_length_and_fewer_of_long_ones() -> None:
    assert list(batches([9, 1, 5, 2], 2)) == [[1, 3], [2, 0]]
    assert list(batches([500, 500, 500, 100], 8)) == [[3, 0], [1, 2]]
    assert list(batches([], 8)) == []
