"""The facts are consistent with one another: a wrong digit in a shape shows in its count of parameters."""

import re
from collections import defaultdict
from datetime import date

import pytest

from llama_stack.models import Architecture, CatalogueModel, Family, families, find_model, models, prompt_format
from llama_stack.models.prompts import FORMATS

# The ids that upstream's registry has, with its quantized variants.
DESCRIPTORS = re.split(
    r"\s+",
    """
Llama-2-7b Llama-2-13b Llama-2-70b Llama-2-7b-chat Llama-2-13b-chat Llama-2-70b-chat
Llama-3-8B Llama-3-70B Llama-3-8B-Instruct Llama-3-70B-Instruct
Llama3.1-8B Llama3.1-70B Llama3.1-405B Llama3.1-8B-Instruct Llama3.1-70B-Instruct Llama3.1-405B-Instruct
Llama3.1-405B:bf16-mp8 Llama3.1-405B:bf16-mp16 Llama3.1-405B-Instruct:bf16-mp8 Llama3.1-405B-Instruct:bf16-mp16
Llama3.2-1B Llama3.2-3B Llama3.2-1B-Instruct Llama3.2-3B-Instruct
Llama3.2-1B-Instruct:int4-qlora-eo8 Llama3.2-1B-Instruct:int4-spinquant-eo8
Llama3.2-3B-Instruct:int4-qlora-eo8 Llama3.2-3B-Instruct:int4-spinquant-eo8
Llama3.2-11B-Vision Llama3.2-90B-Vision Llama3.2-11B-Vision-Instruct Llama3.2-90B-Vision-Instruct
Llama3.3-70B-Instruct
Llama-4-Scout-17B-16E Llama-4-Scout-17B-16E-Instruct
Llama-4-Maverick-17B-128E Llama-4-Maverick-17B-128E-Instruct Llama-4-Maverick-17B-128E-Instruct:fp8
Llama-Guard-2-8B Llama-Guard-3-8B Llama-Guard-3-8B:int8 Llama-Guard-3-1B Llama-Guard-3-1B:int4
Llama-Guard-3-11B-Vision Llama-Guard-4-12B
""".strip(),
)

PLAIN = [m for m in models() if m.architecture and m.parameters and m.architecture.attention_layers is None]


@pytest.mark.parametrize("descriptor", DESCRIPTORS)
def test_every_descriptor_of_metas_registry_is_known(descriptor: str) -> None:
    model = find_model(descriptor)
    assert model is not None
    wanted = descriptor.partition(":")[0].lower().replace("llama3", "llama-3")
    assert wanted in {name.rpartition("/")[2].lower() for name in (model.name, *model.aliases)}


def test_no_two_models_have_a_name_in_common() -> None:
    owners = defaultdict(list)
    for model in models():
        for name in dict.fromkeys((model.name, *model.aliases)):
            owners[name].append(model.name)
    assert {name: of for name, of in owners.items() if len(of) > 1} == {}


def test_every_name_leads_back_to_its_model() -> None:
    names = [(name, model) for model in models() for name in (model.name, *model.aliases)]
    assert [name for name, model in names if find_model(name) is not model] == []


def test_every_name_is_understood_behind_a_provider() -> None:
    names = [(name, model) for model in models() for name in (model.name, *model.aliases)]
    assert [name for name, model in names if find_model(f"provider/{name}") is None] == []


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_a_family_says_where_its_facts_come_from_and_when_they_were_checked(family: Family) -> None:
    assert family.source
    assert date(2025, 1, 1) < date.fromisoformat(family.checked)
    assert {model.family for model in family.models} == {family.name}


@pytest.mark.parametrize("model", PLAIN, ids=lambda model: model.name)
def test_the_shape_of_a_model_accounts_for_its_parameters(model: CatalogueModel) -> None:
    assert model.architecture
    assert model.parameters
    counted = parameters(model.architecture) / model.parameters
    if model.input_modalities == ("text",):
        assert counted == pytest.approx(1, abs=0.01)
    else:  # what sees and hears comes on top
        assert 0.65 < counted < 1.01


def parameters(shape: Architecture) -> int:
    """Weights of a decoder; norms and biases are too few to matter."""
    dense = 3 * shape.hidden * shape.ffn
    mixture = shape.hidden * (3 * (shape.experts * shape.expert_ffn + shape.shared_ffn) + shape.experts)
    feed_forward = shape.layers * dense
    if shape.experts:
        feed_forward = shape.dense_layers * dense + (shape.layers - shape.dense_layers) * mixture
    tables = shape.vocab * shape.hidden * (1 if shape.tied else 2)
    return shape.layers * attention(shape) + feed_forward + tables


def attention(shape: Architecture) -> int:
    if not (latent := shape.latent):
        return 2 * shape.hidden * shape.head_size * (shape.heads + shape.kv_heads)
    queries = latent.query * (shape.hidden + shape.heads * (latent.nope + latent.rope))
    keys = shape.hidden * (latent.key_value + latent.rope) + latent.key_value * shape.heads * latent.nope
    return queries + keys + shape.heads * latent.value * (latent.key_value + shape.hidden)


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_what_is_said_of_a_model_makes_sense(family: Family) -> None:
    for model in family.models:
        assert model.embedding_dimension is None or model.model_type == "embedding", model.name
        assert model.is_open == ("/" in model.name), model.name
        assert not model.active_parameters or (model.parameters or 0) > model.active_parameters, model.name
        assert (model.extended_context_length or 10**8) > (model.context_length or 0), model.name
        assert not model.input_modalities or "text" in model.input_modalities, model.name
        assert model.prompt is None or model.prompt in FORMATS, model.name


@pytest.mark.parametrize("model", [m for m in models() if m.name.startswith("meta-llama/")], ids=lambda m: m.name)
def test_every_llama_that_follows_instructions_has_a_prompt_format(model: CatalogueModel) -> None:
    follows = any(word in model.name.lower() for word in ("instruct", "chat", "guard")) and model.output_modalities
    assert bool(model.prompt) == bool(follows)
    if follows:
        assert prompt_format(model).example()
