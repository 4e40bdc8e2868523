"""Under which names LiteLLM's models are served here, and what is known of them."""

import pytest

from tests.unit.core.migration.importing import deployment, litellm, loaded, lost, models, providers, told


def test_a_model_that_goes_by_its_own_name_is_said_shortly() -> None:
    assert models(deployment("model: groq/m")) == [{"model_id": "m", "provider_id": "groq"}]


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("chat", "llm"), ("completion", "llm"), ("responses", "llm"), ("embedding", "embedding"), ("rerank", "rerank")],
)
def test_its_mode_is_its_type(mode: str, kind: str) -> None:
    imported = deployment("model: jina_ai/x", info=f"mode: {mode}")
    assert models(imported)[0].get("model_type", "llm") == kind


@pytest.mark.parametrize("mode", ["image_generation", "audio_transcription", "moderation", "batch"])
def test_a_mode_that_no_api_serves_keeps_the_model_out(mode: str) -> None:
    imported = deployment("model: openai/x", info=f"mode: {mode}")
    assert models(imported) == []
    assert told(imported) == [
        f"4:16: model_list[0].model_info.mode: no API of this version serves '{mode}', so the model was left out"
    ]


def test_what_is_known_of_a_model_comes_along_and_the_rest_is_told() -> None:
    told_by_litellm = "max_input_tokens: 8192, output_vector_size: 1024, supports_function_calling: false"
    imported = deployment(
        "model: openai/x", info=f"{told_by_litellm}, supports_vision: true, input_cost_per_token: 0.1, id: abc"
    )
    assert models(imported)[0]["metadata"] == {
        "context_length": 8192,
        "embedding_dimension": 1024,
        "tools": False,
        "input_modalities": ["text", "image"],
    }
    assert lost(imported) == ["model_list[0].model_info.input_cost_per_token", "model_list[0].model_info.id"]


def test_of_several_deployments_the_first_that_can_be_served_is() -> None:
    imported = litellm("""\
        model_list:
        - {model_name: m, litellm_params: {model: replicate/a}}
        - {model_name: m, litellm_params: {model: groq/b}}
        - {model_name: m, litellm_params: {model: together_ai/c, api_key: clear}}
        """)
    assert models(imported) == [{"model_id": "m", "provider_id": "groq", "provider_model_id": "b"}]
    assert [entry["provider_id"] for entry in providers(imported)] == ["groq"]
    assert lost(imported) == ["model_list[0].litellm_params.model", "model_list[2]"]
    assert told(imported)[1] == (
        "4:3: model_list[2]: a further deployment of 'm': a model has one target in this version, the first"
    )


def test_an_alias_is_a_further_name_of_the_model() -> None:
    imported = deployment(
        "model: groq/x",
        "router_settings:\n  model_group_alias: {n: m, o: {model: m, hidden: true}, p: nobody, m: m}\n",
    )
    assert [(model["model_id"], model["provider_model_id"]) for model in models(imported)] == [
        ("m", "x"),
        ("n", "x"),
        ("o", "x"),
    ]
    path = "router_settings.model_group_alias"
    assert lost(imported) == [f"{path}.o.hidden", f"{path}.p", f"{path}.m"]


def test_all_models_of_a_service_are_a_provider_of_that_name() -> None:
    imported = litellm("""\
        model_list:
        - {model_name: "fast/*", litellm_params: {model: "groq/*", api_key: os.environ/KEY}}
        - {model_name: quick, litellm_params: {model: groq/llama, api_key: os.environ/KEY}}
        """)
    assert providers(imported) == [
        {"provider_id": "fast", "provider_type": "remote::groq", "config": {"api_key": "${env.KEY}"}}
    ]
    assert models(imported) == [{"model_id": "quick", "provider_id": "fast", "provider_model_id": "llama"}]
    assert imported.notes == []


def test_a_pattern_for_everything_is_told_how_names_are_found() -> None:
    imported = litellm('model_list: [{model_name: "*", litellm_params: {model: "openai/*"}}]\n')
    assert providers(imported) == [{"provider_id": "openai", "provider_type": "remote::openai"}]
    assert told(imported) == [
        "1:14: model_list[0]: a bare name is found when openai lists it; any name, with the provider's before it"
    ]
    assert imported.lost == []


@pytest.mark.parametrize(("name", "model"), [("claude-*", "anthropic/claude-*"), ("a/*", "groq/llama-*")])
def test_a_pattern_that_changes_names_is_told(name: str, model: str) -> None:
    imported = litellm(f'model_list: [{{model_name: "{name}", litellm_params: {{model: "{model}"}}}}]\n')
    assert providers(imported) == []
    assert lost(imported) == ["model_list[0]"]


def test_two_services_cannot_share_a_name() -> None:
    imported = litellm("""\
        model_list:
        - {model_name: "a/*", litellm_params: {model: "groq/*"}}
        - {model_name: "a/b-*", litellm_params: {model: "mistral/b-*"}}
        """)
    assert [entry["provider_type"] for entry in providers(imported)] == ["remote::groq"]
    assert lost(imported) == ["model_list[1]"]


def test_only_the_models_that_were_served_are_allowed() -> None:
    imported = deployment("model: groq/x")
    assert loaded(imported).providers["inference"][0].config["allowed_models"] == ["x"]
