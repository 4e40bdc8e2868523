"""llama.cpp's models: how they are listed, registered, described, and missed."""

from pathlib import Path

import pytest

from llama_stack.apis.errors import UnavailableError
from llama_stack.apis.models import Model
from llama_stack.providers.inline.inference.llama_cpp import LlamaCppConfig
from tests.support.llama_models import Make

pytestmark = pytest.mark.anyio


async def test_the_configured_model_is_listed_under_its_files_name(make: Make) -> None:
    (model,) = await make().list_models()
    assert (model.identifier, model.provider_resource_id, model.source) == ("tiny-chat", "tiny-chat", "listed")
    assert model.metadata == {"architecture": "llama", "context_length": 4096}
    (model,) = await make("tiny-embedding.gguf", context_length=512).list_models()
    assert model.model_type == "embedding"
    assert model.metadata == {"architecture": "llama", "context_length": 512, "embedding_dimension": 64}


async def test_a_registered_model_is_checked_and_described(make: Make, models: Path, tmp_path: Path) -> None:
    provider = make(None)
    model = Model(identifier="e", provider_id="llama-cpp", provider_resource_id=str(models / "tiny-embedding.gguf"))
    registered = await provider.register_model(model)
    assert registered.model_type == "embedding"
    assert registered.metadata["embedding_dimension"] == 64
    with pytest.raises(UnavailableError, match="there is no such file"):
        await provider.register_model(model.model_copy(update={"provider_resource_id": str(tmp_path / "no.gguf")}))


async def test_health_says_what_is_missing(make: Make, models: Path, tmp_path: Path) -> None:
    unset = await make(None).health()
    assert unset.state == "unconfigured"
    assert "LLAMA_MODEL" in unset.reason
    gone = await make(str(tmp_path / "gone.gguf")).health()
    assert gone.state == "unavailable"
    assert gone.reason.endswith("gone.gguf: there is no such file")
    assert (await make().health()).state == "ready"


def test_an_empty_environment_variable_names_no_model() -> None:
    assert LlamaCppConfig.model_validate({"model": ""}).model is None
