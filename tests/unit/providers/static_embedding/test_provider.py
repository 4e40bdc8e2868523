"""`inline::static-embedding` through its API."""

import asyncio
import base64
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from llama_stack.apis.errors import BadRequestError, ModelNotFoundError, UnsupportedError
from llama_stack.apis.inference import Embeddings, EmbeddingsRequest
from llama_stack.apis.models import Model
from llama_stack.providers.inline.inference.static_embedding import MODEL, StaticEmbedding, StaticEmbeddingConfig

pytestmark = pytest.mark.anyio

# Each asks for the text beside it, with few words in common.
PAIRS = {
    "how do I reset my password?": "Sign in settings: choose a new login secret if you forgot the old one.",
    "what should I feed a puppy?": "Young dogs eat small meals of meat and grain, three times a day.",
    "cheap flights to Spain": "Airline tickets to Madrid and Barcelona at the lowest price.",
    "why is the sky blue": "Sunlight is scattered by the atmosphere, and short wavelengths most of all.",
    "my laptop battery dies quickly": "Replace the computer's power cell when it no longer holds a charge.",
    "symptoms of the flu": "Influenza brings fever, cough, headache and tired muscles.",
    "bake bread at home": "Knead flour, water, salt and yeast, let the dough rise, then put it in the oven.",
    "how are employees paid?": "Salaries of the staff are transferred on the last day of the month.",
    "delete a file in the terminal": "rm removes a document from the disk; there is no undo on the command line.",
    "who painted the Mona Lisa": "Leonardo da Vinci's portrait hangs in a museum in Paris.",
    "invest money for retirement": "A pension fund buys stocks and bonds for old age.",
    "the goalkeeper saved a penalty": "In football, a keeper stops the ball on its way into the net.",
}


@pytest.fixture(scope="module")
def provider() -> StaticEmbedding:
    return StaticEmbedding(StaticEmbeddingConfig(), "static-embedding")


async def ask(provider: StaticEmbedding, texts: Any, **options: Any) -> Embeddings:
    return await provider.post_embeddings(EmbeddingsRequest(model=MODEL, input=texts, **options))


async def vectors(provider: StaticEmbedding, texts: list[str], **options: Any) -> Any:
    return np.array([row.embedding for row in (await ask(provider, texts, **options)).data], dtype=np.float32)


@pytest.mark.parametrize("dimensions", [256, 128])
async def test_a_question_is_nearest_to_its_answer(provider: StaticEmbedding, dimensions: int) -> None:
    asked = await vectors(provider, list(PAIRS), dimensions=dimensions)
    given = await vectors(provider, list(PAIRS.values()), dimensions=dimensions)
    nearest = (asked @ given.T).argmax(axis=1)
    assert (nearest == np.arange(len(PAIRS))).sum() >= len(PAIRS) - 1


async def test_base64_and_floats_are_the_same_numbers(provider: StaticEmbedding) -> None:
    floats = await vectors(provider, ["one", "two words"])
    packed = [row.embedding for row in (await ask(provider, ["one", "two words"], encoding_format="base64")).data]
    assert [base64.b64decode(text) for text in packed] == [row.astype("<f4").tobytes() for row in floats]


@pytest.mark.parametrize("dimensions", [None, 256, 64, 1])
async def test_embeddings_have_length_one_and_the_dimensions_asked_for(
    provider: StaticEmbedding, dimensions: int | None
) -> None:
    found = await vectors(provider, ["a text", ""], dimensions=dimensions)
    assert found.shape == (2, dimensions or 256)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


async def test_usage_counts_tokens_and_the_answer_names_the_model_that_was_asked_for(provider: StaticEmbedding) -> None:
    answer = await ask(provider, ["hello world", "three more tokens"])
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (6, 6)
    assert (answer.model, [row.index for row in answer.data]) == (MODEL, [0, 1])


async def test_large_and_small_requests_agree(provider: StaticEmbedding) -> None:
    texts = [f"section {n} of the handbook" for n in range(500)]
    assert np.array_equal((await vectors(provider, texts))[7], (await vectors(provider, [texts[7]]))[0])


async def test_the_event_loop_stays_free_while_a_huge_text_is_embedded(provider: StaticEmbedding) -> None:
    await ask(provider, "open the table first")
    work = asyncio.create_task(ask(provider, "some words of a very long text " * 50_000))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 10
    assert (await work).usage.total_tokens == 350_000  # type: ignore[union-attr]


async def test_a_caller_who_leaves_is_noticed_between_two_steps(provider: StaticEmbedding) -> None:
    work = asyncio.create_task(ask(provider, "words " * 1_000_000))
    await asyncio.sleep(0.05)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(work, 2)


async def test_token_ids_are_refused(provider: StaticEmbedding) -> None:
    with pytest.raises(BadRequestError, match="input must be text"):
        await ask(provider, [[1, 2], [3]])


async def test_more_dimensions_than_there_are_are_refused(provider: StaticEmbedding) -> None:
    with pytest.raises(UnsupportedError, match="at most 256 dimensions; 384 were asked for"):
        await ask(provider, "text", dimensions=384)


async def test_it_lists_its_model_with_its_facts_and_takes_another_name_for_it(provider: StaticEmbedding) -> None:
    [model] = await provider.list_models()
    assert (model.identifier, model.model_type, model.metadata) == (MODEL, "embedding", {"embedding_dimension": 256})
    named = Model(
        identifier="mine", provider_id="static-embedding", provider_resource_id=MODEL, metadata={"for": "notes"}
    )
    registered = await provider.register_model(named)
    assert registered.model_type == "embedding"
    assert registered.metadata == {"for": "notes", "embedding_dimension": 256}


async def test_another_model_cannot_be_registered_with_it(provider: StaticEmbedding) -> None:
    other = Model(identifier="x", provider_id="static-embedding", provider_resource_id="all-MiniLM-L6-v2")
    with pytest.raises(ModelNotFoundError, match=f"only {MODEL}"):
        await provider.register_model(other)


def test_it_costs_nothing_until_it_is_asked_and_then_needs_no_onnxruntime() -> None:
    code = """
import asyncio, sys
from llama_stack.apis.inference import EmbeddingsRequest
from llama_stack.providers.inline.inference.static_embedding import MODEL, StaticEmbedding, StaticEmbeddingConfig
provider = StaticEmbedding(StaticEmbeddingConfig(), "s")
assert not {"numpy", "tokenizers"} & sys.modules.keys()
asyncio.run(provider.post_embeddings(EmbeddingsRequest(model=MODEL, input="hello")))
assert not {"onnxruntime", "onnx", "torch", "huggingface_hub"} & sys.modules.keys()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
