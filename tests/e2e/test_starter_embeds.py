"""The starter distribution, with no key and nothing to fetch, embeds: through the openai SDK, over a socket."""

import os
from collections.abc import Iterator

import pytest
from openai import OpenAI

from tests.support.command import running

MODEL = "static-embedding/llama-stack-static-embedding-v1"
NOBODY = "http://127.0.0.1:9"  # the port where no one listens: what goes out goes nowhere
PAIRS = {
    "How do I change my password?": "In your account settings you can choose a new login secret.",
    "What do cats eat?": "Felines live on meat: mice, birds and tinned food.",
    "Is it going to rain tomorrow?": "The weather forecast promises showers and strong wind.",
    "Where can I park my car?": "Vehicles may be left in the garage under the building.",
    "How do I get to the airport?": "A bus to the terminal leaves every twenty minutes.",
    "What does the doctor prescribe for a fever?": "Patients with a high temperature get medicine to lower it.",
    "When was the war over?": "The armies made peace in November 1918.",
    "How is cheese made?": "Milk curdles, the whey is drained, and what is left ripens in a cellar.",
    "Which planet is the largest?": "Jupiter has more mass than the rest of the solar system together.",
    "How do I learn to play the guitar?": "Practise chords every day, slowly, before you strum whole songs.",
    "Why is my internet connection slow?": "Restart the router, and stop downloads that use up the bandwidth.",
    "How much does the ticket cost?": "Admission is twelve euros, half price for children.",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    folder = tmp_path_factory.mktemp("starter")
    env = {
        "PATH": os.environ["PATH"],
        "SQLITE_STORE_DIR": str(folder),
        "LLAMA_STACK_CONFIG_DIR": str(folder),
        "HTTP_PROXY": NOBODY,
        "HTTPS_PROXY": NOBODY,
    }
    with (
        running("starter", "--port", "0", env=env) as (url, _, _),
        OpenAI(base_url=f"{url}/v1", api_key="none") as client,
    ):
        yield client


def test_its_model_is_listed_with_its_dimension(client: OpenAI) -> None:
    listed = {model.id: model.to_dict() for model in client.models.list()}
    assert listed[MODEL]["model_type"] == "embedding"
    assert listed[MODEL]["metadata"] == {"embedding_dimension": 256}


def test_its_provider_is_ready(client: OpenAI) -> None:
    provider = client.get("/providers/static-embedding", cast_to=dict[str, object])
    assert dict(provider["health"])["state"] == "ready"  # type: ignore[call-overload]


def test_questions_are_nearest_to_their_answers(client: OpenAI) -> None:
    embedded = client.embeddings.create(model=MODEL, input=[*PAIRS, *PAIRS.values()])
    vectors = [row.embedding for row in embedded.data]
    asked, given = vectors[: len(PAIRS)], vectors[len(PAIRS) :]
    nearest = [max(range(len(given)), key=lambda i: dot(question, given[i])) for question in asked]
    assert sum(found == own for own, found in enumerate(nearest)) >= len(PAIRS) - 1
    assert embedded.usage.prompt_tokens > 200


def test_shorter_embeddings_may_be_asked_for(client: OpenAI) -> None:
    [row] = client.embeddings.create(model=MODEL, input="shorter", dimensions=64, encoding_format="float").data
    assert len(row.embedding) == 64
    assert dot(row.embedding, row.embedding) == pytest.approx(1, abs=1e-5)


def dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
