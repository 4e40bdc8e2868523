"""A config as it may be printed."""

import json
from typing import Any

import pytest

from llama_stack.core.config import redacted, redacted_provider
from tests.unit.core.config_cases import REGISTRY, read

ROWS = REGISTRY["inference"]
MASK = "**********"


def shown(config: dict[str, Any], kind: str = "remote::groq") -> dict[str, Any]:
    return redacted_provider(config, ROWS[kind])


def test_secrets_are_masked_by_their_type() -> None:
    config = {"api_key": "s3cret", "base_url": "http://here/v1", "allowed_models": ["a"]}
    assert shown(config) == {"api_key": MASK, "base_url": "http://here/v1", "allowed_models": ["a"]}


def test_an_unset_secret_is_shown_as_unset() -> None:
    assert shown({"api_key": None}) == {"api_key": None}


def test_headers_are_masked_and_their_names_shown() -> None:
    assert shown({"network": {"headers": {"x-app": "s3cret"}}}) == {"network": {"headers": {"x-app": MASK}}}


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://user:s3cret@host/v1", f"https://{MASK}@host/v1"),
        ("https://user:s3c@/ret@host/v1", f"https://{MASK}@host/v1"),
        ("https://host/v1?api_key=s3cret&x=1", f"https://host/v1?api_key={MASK}&x=1"),
        ("https://host/v1?x=1&sig=s3cret", f"https://host/v1?x=1&sig={MASK}"),
        ("https://host:8000/v1?x=1", "https://host:8000/v1?x=1"),
    ],
)
def test_credentials_in_urls_are_masked(url: str, masked: str) -> None:
    assert shown({"base_url": url, "network": {"proxy": url}}) == {"base_url": masked, "network": {"proxy": masked}}


def test_free_form_entries_are_masked_by_their_names() -> None:
    extras = {"authToken": "s3cret", "nested": [{"client_secret": "s3cret"}], "max_tokens": 9, "style": "plain"}
    assert shown({"model": "m", "extras": extras}, "inline::local")["extras"] == {
        "authToken": MASK,
        "nested": [{"client_secret": MASK}],
        "max_tokens": 9,
        "style": "plain",
    }


@pytest.mark.parametrize("spec", [None, ROWS["inline::absent"]])
def test_without_a_model_all_is_masked_but_what_is_surely_harmless(spec: object) -> None:
    config = {
        "model": "m.gguf",
        "base_url": "https://u:p@host/v1",
        "verify": False,
        "pin": 1234,
        "opaque": "s3cret",
        "deep": {"list": ["s3cret"], "port": 80},
        "nothing": None,
    }
    assert redacted_provider(config, spec) == {  # type: ignore[arg-type]
        "model": "m.gguf",
        "base_url": f"https://{MASK}@host/v1",
        "verify": False,
        "pin": MASK,
        "opaque": MASK,
        "deep": {"list": [MASK], "port": 80},
        "nothing": None,
    }


def test_a_whole_config_can_be_printed() -> None:
    config = read("""\
        providers:
          inference:
          - {provider_id: groq, provider_type: remote::groq, config: {api_key: s3cret}}
          - {provider_id: absent, provider_type: inline::absent, config: {opaque: s3cret}}
        registered_resources:
          models: [{model_id: a, provider_id: groq, metadata: {hub_token: s3cret, context_length: 8}}]
        """)
    printed = redacted(config, REGISTRY)
    assert "s3cret" not in json.dumps(printed)
    assert list(printed)[:3] == ["version", "distro_name", "apis"]
    assert printed["providers"]["inference"][0] == {
        "provider_id": "groq",
        "provider_type": "remote::groq",
        "config": {
            "api_key": MASK,
            "base_url": "https://api.groq.com/openai/v1",
            "network": {"headers": {"x-app": MASK}},
        },
    }
    assert printed["registered_resources"]["models"][0]["metadata"] == {"hub_token": MASK, "context_length": 8}
