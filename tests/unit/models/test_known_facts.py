"""What a listing may say of a model whose provider does not tell."""

import subprocess
import sys

import pytest

from llama_stack.apis.models import Model
from llama_stack.core.resolver import Provider
from llama_stack.core.routing_tables.models import ModelTable
from llama_stack.core.storage.config import KvMemory, MetadataStore, StorageConfig
from llama_stack.core.storage.kvstore import open_kv
from llama_stack.models import known_facts
from llama_stack.providers.spec import ProviderSpec


def test_facts_have_the_names_that_providers_lists_are_given() -> None:
    assert known_facts("llama-3.2-11b-vision-instruct") == {
        "context_length": 131_072,
        "input_modalities": ["text", "image"],
        "output_modalities": ["text"],
        "tools": True,
    }


def test_an_embedding_model_has_a_dimension() -> None:
    facts = known_facts("nomic-embed-text:latest")
    assert facts == {"context_length": 8192, "input_modalities": ["text"], "embedding_dimension": 768}


def test_the_context_is_the_longest_that_the_makers_document() -> None:
    assert known_facts("qwen2.5:7b")["context_length"] == 131_072


@pytest.mark.parametrize("name", ["gemma3:4b", "Llama3.2-3B"])
def test_what_a_model_was_not_made_for_is_left_open(name: str) -> None:
    assert "tools" not in known_facts(name)


def test_nothing_is_known_of_an_unknown_model() -> None:
    assert known_facts("my-own-model") == {}


def test_the_callers_copy_is_their_own() -> None:
    known_facts("llama3.2")["input_modalities"].append("smell")
    assert known_facts("llama3.2")["input_modalities"] == ["text"]


@pytest.mark.parametrize("statement", ["import llama_stack.models", "import llama_stack.core.routing_tables.models"])
def test_the_data_load_when_they_are_asked_for(statement: str) -> None:
    script = f"import sys; {statement}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "llama_stack.models.data" not in ran.stdout.split()


class Service:
    """A provider that tells the context of one model, and nothing of the other."""

    async def list_models(self) -> list[Model]:
        return [listed("llama-3.3-70b-versatile", context_length=32_768), listed("my-own-model")]


def listed(name: str, **told: object) -> Model:
    return Model(identifier=name, provider_id="groq", provider_resource_id=name, source="listed", metadata=told)


@pytest.mark.anyio
async def test_a_list_is_completed_and_the_providers_word_comes_first() -> None:
    groq = Provider("inference", "groq", ProviderSpec("inference", "remote::groq", "x:y"), {}, impl=Service())
    storage = StorageConfig(backends={"kv": KvMemory()})
    async with (
        open_kv(storage, MetadataStore(backend="kv")) as store,
        ModelTable([groq], store, declared=[], refresh_seconds=3600) as table,
    ):
        facts = {model.provider_resource_id: model.metadata for model in (await table.list_models()).data}
    assert facts["my-own-model"] == {}
    assert facts["llama-3.3-70b-versatile"] == {
        "context_length": 32_768,
        "input_modalities": ["text"],
        "output_modalities": ["text"],
        "tools": True,
    }
