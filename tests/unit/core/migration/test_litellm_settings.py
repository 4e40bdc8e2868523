"""The rest of a LiteLLM config: what of it comes along, and why the rest does not."""

import pytest

from tests.unit.core.migration.importing import deployment, litellm, loaded, lost, providers, told


@pytest.mark.parametrize(
    ("parameter", "why"),
    [
        ("rpm: 100", "neither limits nor bills"),
        ("tpm: 100", "neither limits nor bills"),
        ("weight: 3", "one target"),
        ("max_retries: 2", "not sent again"),
        ("drop_params: true", "a service's row"),
        ("temperature: 0.2", "no parameters are added"),
        ("stream_timeout: 5", "one time-out"),
        ("input_cost_per_token: 0.1", "prices are not used"),
        ("api_version: '1'", "nothing here reads it"),
    ],
)
def test_a_parameter_that_does_not_come_along_is_told_with_the_reason(parameter: str, why: str) -> None:
    imported = deployment(f"model: groq/x, {parameter}")
    (note,) = imported.lost
    assert str(note).startswith(f"config.yaml:3:35: model_list[0].litellm_params.{parameter.partition(':')[0]}: ")
    assert why in note.message


@pytest.mark.parametrize(
    ("section", "why"),
    [
        ("general_settings: {master_key: sk-1}", "does not authenticate callers"),
        ("general_settings: {database_url: os.environ/DATABASE_URL}", "not kept in a database"),
        ("litellm_settings: {cache: true}", "not cached"),
        ("litellm_settings: {callbacks: [otel]}", "no callbacks"),
        ("litellm_settings: {fallbacks: [{a: [b]}]}", "no model stands in for another"),
        ("router_settings: {routing_strategy: least-busy}", "one target"),
        ("router_settings: {num_retries: 2}", "not sent again"),
        ("litellm_settings: {never_heard_of: 1}", "nothing here reads it"),
        ("guardrails: [{guardrail_name: g}]", "no API for guardrails"),
        ("mcp_servers: {a: {url: b}}", "no API for tools"),
        ("never_heard_of: 1", "nothing here reads it"),
    ],
)
def test_a_setting_that_does_not_come_along_is_told_with_the_reason(section: str, why: str) -> None:
    (note,) = deployment("model: groq/x", f"{section}\n").lost
    assert note.place[0] == 4
    assert why in note.message


@pytest.mark.parametrize("value", ["false", "null", "0", "''", "[]", "{}"])
def test_what_is_switched_off_needs_no_words(value: str) -> None:
    more = f"litellm_settings: {{cache: {value}}}\nguardrails: {value}\n"
    assert deployment(f"model: groq/x, max_retries: {value}", more).notes == []


def test_the_largest_request_is_the_servers() -> None:
    imported = deployment("model: groq/x", "general_settings: {max_request_size_mb: 2}\n")
    assert loaded(imported).server.max_body_bytes == 2 * 1024 * 1024
    assert imported.notes == []


def test_variables_that_the_config_sets_are_for_the_environment() -> None:
    more = "environment_variables: {MY_KEY: abc, REDIS_HOST: def}\n"
    imported = deployment("model: groq/x, api_key: os.environ/MY_KEY", more)
    assert told(imported) == [
        "4:25: environment_variables.MY_KEY: a run config sets no variables; set MY_KEY where the server runs",
        "4:38: environment_variables.REDIS_HOST: "
        "a run config sets no variables, and nothing that came along reads this one",
    ]
    assert imported.lost == []


def test_a_credential_by_name_is_the_deployments_own() -> None:
    more = """\
        credential_list:
        - credential_name: eu
          credential_values: {api_key: os.environ/EU_KEY, api_base: "https://eu.groq.com/v1"}
        """
    (entry,) = providers(deployment("model: groq/x, litellm_credential_name: eu", more))
    assert entry["config"] == {
        "api_key": "${env.EU_KEY}",
        "base_url": "https://eu.groq.com/v1",
        "allowed_models": ["x"],
    }


def test_a_credential_that_is_not_there_is_told() -> None:
    imported = deployment("model: groq/x, litellm_credential_name: eu")
    assert lost(imported) == ["model_list[0].litellm_params.litellm_credential_name"]


def test_included_files_add_their_models_and_their_notes_name_them() -> None:
    imported = litellm(
        "model_list: [{model_name: a, litellm_params: {model: groq/x}}]\n",
        "model_list: [{model_name: b, litellm_params: {model: mistral/y, rpm: 1}}]\n",
    )
    assert [entry["provider_id"] for entry in providers(imported)] == ["groq", "mistral"]
    assert [note.file for note in imported.notes] == ["more1.yaml"]


@pytest.mark.parametrize(
    "text",
    [
        "model_list:\n",
        "model_list: 12\n",
        "model_list: [1, a, [], {}, {model_name: m}, {model_name: 1, litellm_params: {model: groq/x}}]\n",
        "model_list: [{model_name: m, litellm_params: []}]\n",
        "model_list: [{model_name: [m], litellm_params: {model: groq/x}}]\n",
        "model_list: [{model_name: m, litellm_params: {model: 12}, model_info: 3}]\n",
        "model_list: [{model_name: m, litellm_params: {model: groq/x, extra_headers: 1}, model_info: 3}]\n",
        "model_list: [{model_name: m, litellm_params: {model: os.environ/MODEL}}]\n",
        "model_list: [{model_name: m, litellm_params: {model: openai/x, api_base: 12, organization: [1]}}]\n",
        "litellm_settings: 1\nrouter_settings: {model_group_alias: {a: [b]}}\ncredential_list: [1]\n",
        "model_list: [{model_name: m, litellm_params: {model: groq/x, litellm_credential_name: [a]}}]\n",
        "model_list: [{model_name: m, litellm_params: {model: groq/x, custom_llm_provider: [a]}}]\n",
        "model_list: [{model_name: '*', litellm_params: {model: 'openai/*'}}, {model_name: m, litellm_params:"
        " {model: groq/x}}]\nlitellm_settings: {ssl_verify: {a: b}}\n",
        "environment_variables: [1]\ngeneral_settings: {max_request_size_mb: many}\ninclude: 3\n",
    ],
)
def test_what_is_not_as_it_should_be_ends_in_notes_not_in_a_crash(text: str) -> None:
    litellm(text)
