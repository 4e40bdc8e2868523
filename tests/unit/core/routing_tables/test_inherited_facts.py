"""What a registered name takes over from the list of its provider."""

import pytest

from llama_stack import LlamaStack
from llama_stack.core.config import load_config

pytestmark = pytest.mark.anyio

ECHO = {"providers": {"inference": [{"provider_id": "echo", "provider_type": "inline::echo"}]}}


async def test_a_name_for_an_embedding_model_is_an_embedding_model() -> None:
    async with LlamaStack(load_config(ECHO)) as stack:
        await stack.models.list_models()
        named = await stack.models.register_model(
            model_id="mine", provider_model_id="echo-embedding", provider_id="echo"
        )
        assert named.model_type == "embedding"
        assert len((await stack.inference.post_embeddings(model="mine", input="a")).data) == 1


async def test_facts_are_those_of_the_list_unless_the_registration_says_otherwise() -> None:
    async with LlamaStack(load_config(ECHO)) as stack:
        await stack.models.list_models()
        about = {"provider_model_id": "echo-embedding", "provider_id": "echo"}
        await stack.models.register_model(model_id="a", **about)
        await stack.models.register_model(model_id="b", metadata={"embedding_dimension": 7, "note": "x"}, **about)
        facts = {model.identifier: model.metadata for model in (await stack.models.list_models()).data}
        assert facts["a"] == {"embedding_dimension": 64}
        assert facts["b"] == {"embedding_dimension": 7, "note": "x"}


async def test_the_same_registration_again_is_no_conflict_though_facts_were_added() -> None:
    async with LlamaStack(load_config(ECHO)) as stack:
        await stack.models.list_models()
        about = {"model_id": "mine", "provider_model_id": "echo-embedding", "provider_id": "echo"}
        assert await stack.models.register_model(**about) == await stack.models.register_model(**about)
