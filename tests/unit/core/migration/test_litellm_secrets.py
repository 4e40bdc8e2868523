"""No secret of a LiteLLM config reaches the run config, or a note."""

import json

import pytest

from tests.unit.core.migration.importing import deployment, litellm, providers, told


def test_a_reference_to_the_environment_stays_one() -> None:
    imported = deployment("model: groq/x, api_key: os.environ/MY_KEY")
    assert providers(imported)[0]["config"]["api_key"] == "${env.MY_KEY}"
    assert imported.required == ["MY_KEY"]
    assert imported.notes == []


def test_a_key_in_clear_text_becomes_a_reference_and_something_to_do() -> None:
    imported = deployment("model: groq/x, api_key: gsk-12345")
    assert providers(imported)[0]["config"]["api_key"] == "${env.GROQ_API_KEY}"
    assert told(imported) == [
        "3:35: model_list[0].litellm_params.api_key: "
        "a secret in clear text stays out of the run config; set GROQ_API_KEY to it"
    ]
    assert imported.lost == []


def test_where_no_key_is_needed_a_made_up_one_keeps_nothing_from_starting() -> None:
    imported = deployment("model: hosted_vllm/x, api_base: http://gpu:8000/v1, api_key: fake-key")
    assert providers(imported)[0]["config"]["api_key"] == "${env.VLLM_API_KEY:=}"
    assert imported.required == []


def test_keys_that_differ_get_variables_that_differ_and_the_same_key_one() -> None:
    imported = litellm("""\
        model_list:
        - {model_name: a, litellm_params: {model: groq/x, api_key: one}}
        - {model_name: b, litellm_params: {model: groq/x, api_key: two}}
        - {model_name: c, litellm_params: {model: groq/y, api_key: one}}
        """)
    keys = [entry["config"]["api_key"] for entry in providers(imported)]
    assert keys == ["${env.GROQ_API_KEY}", "${env.GROQ_API_KEY_2}"]


@pytest.mark.parametrize("other", ["api_key: os.environ/GROQ_API_KEY", "rpm: 1"], ids=["named", "looked for"])
def test_a_variable_that_another_deployment_reads_is_not_given_to_a_key(other: str) -> None:
    imported = litellm(f"""\
        model_list:
        - {{model_name: a, litellm_params: {{model: groq/x, api_key: clear}}}}
        - {{model_name: b, litellm_params: {{model: groq/x, {other}}}}}
        """)
    assert providers(imported)[0]["config"]["api_key"] == "${env.GROQ_API_KEY_2}"


@pytest.mark.parametrize(
    "parameters",
    [
        "model: openai/x, api_base: 'https://me:hunter2@host/v1', api_key: os.environ/K",
        "model: openai/x, api_base: 'https://host/v1?api-key=hunter2', api_key: os.environ/K",
        "model: openai/x, extra_headers: {X-Api-Key: hunter2}",
        "model: openai/x, extra_headers: {Authorization: hunter2}",
        "model: bedrock/x, aws_access_key_id: hunter2, aws_secret_access_key: hunter2",
        "model: bedrock/x, aws_session_token: hunter2",
        "model: azure/x, api_base: 'https://x.openai.azure.com', client_secret: hunter2",
        "model: azure/x, api_base: 'https://x.openai.azure.com', azure_ad_token: hunter2",
        'model: vertex_ai/x, vertex_credentials: \'{"private_key": "hunter2"}\'',
        "model: vertex_ai/x, vertex_credentials: {private_key: hunter2}",
        "model: groq/x, api_key: hunter2, unheard_of: hunter2",
        "model: groq/x, api_key: [hunter2]",
        "model: replicate/x, api_key: hunter2",
    ],
)
def test_a_secret_is_nowhere_to_be_read(parameters: str) -> None:
    imported = deployment(
        parameters,
        "general_settings: {master_key: hunter2, database_url: 'postgres://me:hunter2@db/x'}\n"
        "environment_variables: {SOME_KEY: hunter2}\n"
        "router_settings: {redis_password: hunter2}\n",
    )
    assert "hunter2" not in json.dumps(imported.config)
    assert "hunter2" not in "\n".join(map(str, imported.notes))


def test_text_that_looks_like_a_reference_of_ours_stays_text() -> None:
    (entry,) = providers(deployment("model: openai/x, extra_headers: {X-App: 'a ${env.HOME} b'}"))
    assert entry["config"]["network"]["headers"] == {"X-App": "a $${env.HOME} b"}


def test_a_variable_whose_name_cannot_be_one_here_is_told() -> None:
    imported = deployment("model: groq/x, api_key: os.environ/my-key")
    assert "api_key" not in providers(imported)[0]["config"]
    assert told(imported) == [
        "3:35: model_list[0].litellm_params.api_key: the name of a variable has letters, digits and `_` here; rename it"
    ]
