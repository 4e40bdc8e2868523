"""Which provider a deployment of LiteLLM's becomes, and with which config."""

from typing import Any

import pytest

from llama_stack.core.migration import Imported
from tests.unit.core.migration.importing import deployment, litellm, loaded, lost, models, providers, told


@pytest.mark.parametrize(
    ("model", "provider_type", "name"),
    [
        ("groq/llama-3.3-70b-versatile", "remote::groq", "llama-3.3-70b-versatile"),
        ("openai/gpt-4o", "remote::openai", "gpt-4o"),
        ("openai/responses/gpt-4o", "remote::openai", "gpt-4o"),
        ("gpt-4o", "remote::openai", "gpt-4o"),
        ("o3-mini", "remote::openai", "o3-mini"),
        ("claude-3-5-sonnet-20241022", "remote::anthropic", "claude-3-5-sonnet-20241022"),
        ("text-completion-openai/gpt-3.5-turbo-instruct", "remote::openai", "gpt-3.5-turbo-instruct"),
        ("anthropic/claude-opus-4", "remote::anthropic", "claude-opus-4"),
        ("gemini/gemini-2.5-flash", "remote::gemini", "gemini-2.5-flash"),
        ("together_ai/meta-llama/Llama-3-8b", "remote::together", "meta-llama/Llama-3-8b"),
        ("fireworks_ai/llama-v3p1-8b", "remote::fireworks", "accounts/fireworks/models/llama-v3p1-8b"),
        ("fireworks_ai/accounts/me/models/mine", "remote::fireworks", "accounts/me/models/mine"),
        ("huggingface/together/deepseek-ai/DeepSeek-R1", "remote::huggingface", "deepseek-ai/DeepSeek-R1:together"),
        ("huggingface/Qwen/Qwen3-8B", "remote::huggingface", "Qwen/Qwen3-8B"),
        ("openrouter/anthropic/claude-3.5-sonnet", "remote::openrouter", "anthropic/claude-3.5-sonnet"),
        ("ollama/llama3.2", "remote::ollama", "llama3.2"),
        ("ollama_chat/llama3.2:3b", "remote::ollama", "llama3.2:3b"),
        ("hosted_vllm/Qwen/Qwen3-8B", "remote::vllm", "Qwen/Qwen3-8B"),
        ("mistral/mistral-large-latest", "remote::mistral", "mistral-large-latest"),
        ("deepseek/deepseek-chat", "remote::deepseek", "deepseek-chat"),
        ("xai/grok-4", "remote::xai", "grok-4"),
        ("cohere_chat/command-a", "remote::cohere", "command-a"),
        ("dashscope/qwen-max", "remote::qwen", "qwen-max"),
        ("nvidia_nim/meta/llama3-70b", "remote::nvidia", "meta/llama3-70b"),
        ("friendliai/mx", "remote::friendli", "mx"),
        ("jina_ai/jina-embeddings-v3", "remote::jina", "jina-embeddings-v3"),
        ("featherless_ai/mx", "remote::featherless", "mx"),
        ("lm_studio/mx", "remote::lm-studio", "mx"),
        ("litellm_proxy/mx", "remote::litellm", "mx"),
        ("docker_model_runner/ai/smollm2", "remote::docker-model-runner", "ai/smollm2"),
        ("azure/gpt-4o-eu", "remote::azure", "gpt-4o-eu"),
        ("azure/o_series/my-o3", "remote::azure", "my-o3"),
        ("bedrock/converse/us.anthropic.claude-3", "remote::bedrock", "us.anthropic.claude-3"),
        ("vertex_ai/gemini-2.5-pro", "remote::vertexai", "gemini-2.5-pro"),
    ],
)
def test_a_prefix_is_a_provider_type(model: str, provider_type: str, name: str) -> None:
    imported = deployment(f"model: {model}")
    assert [entry["provider_type"] for entry in providers(imported)] == [provider_type]
    assert models(imported) == [{"model_id": "m", "provider_id": provider_type[8:], "provider_model_id": name}]
    assert imported.lost == []


@pytest.mark.parametrize(
    ("parameters", "provider_type", "config"),
    [
        ("api_base: http://gpu:8000/v1, api_key: os.environ/K", "passthrough", {"base_url": "http://gpu:8000/v1"}),
        ("api_base: https://api.groq.com/openai/v1, api_key: os.environ/K", "groq", {}),
        ("api_base: https://api.openai.com/v1/, api_key: os.environ/K", "openai", {}),
        (
            "api_base: https://api.groq.com/other, api_key: os.environ/K",
            "groq",
            {"base_url": "https://api.groq.com/other"},
        ),
        ("base_url: os.environ/BASE, api_key: os.environ/K", "passthrough", {"base_url": "${env.BASE}"}),
    ],
)
def test_openai_with_an_address_is_whoever_lives_there(
    parameters: str, provider_type: str, config: dict[str, Any]
) -> None:
    (entry,) = providers(deployment(f"model: openai/x, {parameters}"))
    assert entry["provider_type"] == f"remote::{provider_type}"
    assert entry["config"] == config | {"api_key": "${env.K}", "allowed_models": ["x"]}


def test_a_provider_named_beside_the_model_counts_more_than_its_name() -> None:
    imported = deployment("model: meta-llama/Llama-3, custom_llm_provider: groq")
    assert [entry["provider_type"] for entry in providers(imported)] == ["remote::groq"]
    assert models(imported)[0]["provider_model_id"] == "meta-llama/Llama-3"


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("replicate/meta/llama", "no provider for 'replicate' in this version; if it speaks OpenAI's format, write"),
        ("some-unheard-of-name", "which service this is, LiteLLM guesses from the name; write it as `SERVICE/NAME`"),
    ],
)
def test_a_service_that_is_not_known_is_told_with_its_line(model: str, said: str) -> None:
    imported = deployment(f"model: {model}")
    assert providers(imported) == []
    (note,) = told(imported)
    assert note.startswith(f"3:20: model_list[0].litellm_params.model: {said}")


def test_one_provider_stands_for_one_account_at_one_address() -> None:
    imported = litellm("""\
        model_list:
        - {model_name: a, litellm_params: {model: groq/one, api_key: os.environ/KEY}}
        - {model_name: b, litellm_params: {model: groq/two, api_key: os.environ/KEY}}
        - {model_name: c, litellm_params: {model: groq/one, api_key: os.environ/OTHER}}
        - {model_name: d, litellm_params: {model: groq/one, api_key: os.environ/KEY, api_base: "https://eu.groq.com/v1"}}
        """)
    assert [(entry["provider_id"], entry["config"]["allowed_models"]) for entry in providers(imported)] == [
        ("groq", ["one", "two"]),
        ("groq-2", ["one"]),
        ("groq-3", ["one"]),
    ]
    assert [model["provider_id"] for model in models(imported)] == ["groq", "groq", "groq-2", "groq-3"]


def test_what_a_provider_takes_is_given_under_its_name() -> None:
    vertex, bedrock, azure = providers(
        litellm("""\
        model_list:
        - model_name: vertex
          litellm_params:
            {model: vertex_ai/gemini, vertex_project: p, vertex_location: eu, vertex_credentials: /key.json}
        - model_name: bedrock
          litellm_params:
            {model: bedrock/eu-west-1/openai.gpt-oss, aws_access_key_id: os.environ/ID, aws_profile_name: x}
        - model_name: azure
          litellm_params:
            {model: azure/d, api_base: os.environ/BASE, api_version: 2024-10-21, azure_ad_token: os.environ/T}
        """)
    )
    assert vertex["config"] == {
        "project": "p",
        "location": "eu",
        "credentials_file": "/key.json",
        "allowed_models": ["gemini"],
    }
    assert bedrock["config"] == {
        "aws_access_key_id": "${env.ID}",
        "profile_name": "x",
        "region_name": "eu-west-1",
        "allowed_models": ["openai.gpt-oss"],
    }
    assert azure["config"] == {
        "base_url": "${env.BASE}",
        "api_version": "2024-10-21",
        "api_key": "${env.T}",
        "api_type": "azure_ad",
        "allowed_models": ["d"],
    }


def test_variables_that_litellm_would_look_into_are_named() -> None:
    (entry,) = providers(deployment("model: nvidia_nim/x"))
    usual = "${env.NVIDIA_BASE_URL:=https://integrate.api.nvidia.com/v1}"
    assert entry["config"]["api_key"] == "${env.NVIDIA_NIM_API_KEY:=}"
    assert entry["config"]["base_url"] == f"${{env.NVIDIA_NIM_API_BASE:={usual}}}"


def network(imported: Imported) -> dict[str, Any]:
    return loaded(imported).providers["inference"][0].config["network"]  # type: ignore[no-any-return]


def test_time_outs_headers_and_certificates_are_its_network() -> None:
    imported = deployment(
        "model: openai/x, timeout: 30.5, organization: os.environ/ORG, extra_headers: {X-App: us}, ssl_verify: false"
    )
    assert providers(imported)[0]["config"]["network"] == {
        "read_timeout_seconds": 30.5,
        "headers": {"OpenAI-Organization": "${env.ORG}", "X-App": "us"},
        "tls": {"verify": False},
    }
    assert imported.lost == []


def test_a_time_out_for_all_holds_where_no_other_is_given() -> None:
    more = "litellm_settings: {request_timeout: 600}\nrouter_settings: {timeout: 90}\n"
    assert network(deployment("model: openai/x", more)) == {"read_timeout_seconds": 90}
    assert network(deployment("model: openai/x, timeout: '20'", more)) == {"read_timeout_seconds": 20}


def test_a_second_time_out_at_one_provider_is_told() -> None:
    imported = litellm("""\
        model_list:
        - {model_name: a, litellm_params: {model: groq/one, timeout: 10}}
        - {model_name: b, litellm_params: {model: groq/two, timeout: 20}}
        """)
    assert len(providers(imported)) == 1
    assert lost(imported) == ["model_list[1]"]


@pytest.mark.parametrize("value", ["0.0", "-3", "soon", ".nan", ".inf", "[]"])
def test_a_time_out_that_is_none_is_left_out(value: str) -> None:
    imported = deployment(f"model: openai/x, timeout: {value}")
    assert "network" not in providers(imported)[0]["config"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("model: anthropic/x, api_base: https://proxy/anthropic", "LiteLLM speaks the service's own format there"),
        ("model: openai/x, api_base: http://gpu, api_key: os.environ/K", "an address without a path is completed with"),
        ("model: openai/x, api_base: http://gpu/v1", "without an api_key, LiteLLM sends OPENAI_API_KEY there"),
    ],
)
def test_what_works_otherwise_is_told_though_nothing_is_lost(parameters: str, said: str) -> None:
    imported = deployment(parameters)
    (note,) = imported.notes
    assert note.message.startswith(said)
    assert not note.lost
