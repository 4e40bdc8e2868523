"""The JSON Schema that editors read."""

from textwrap import dedent
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from llama_stack.core.config import json_schema
from tests.unit.core.config_cases import REGISTRY

SCHEMA = json_schema(REGISTRY)


def is_valid(text: str) -> bool:
    data: Any = YAML(typ="safe").load(dedent(text))
    return Draft202012Validator(SCHEMA).is_valid(data)


def entry(text: str) -> str:
    return f"providers: {{inference: [{text}]}}"


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "providers: {}",
        entry("{provider_id: groq, provider_type: remote::groq}"),
        entry("{provider_id: groq, provider_type: remote::groq, config: {network: {max_connections: 3}}}"),
        entry("{provider_id: x, provider_type: inline::local, config: {schedule: {kind: bursty, burst_size: 2}}}"),
        entry("{provider_id: x, provider_type: inline::local, config: {threads: '${env.N:=2}', mode: '${env.M}'}}"),
        entry("{provider_id: x, provider_type: inline::absent, config: {anything: 1}}"),
        entry("{provider_id: x, provider_type: remote::vendor, module: vendor, config: {anything: 1}}"),
        "providers: {}\nserver: {port: '${env.PORT:=8321}', cors: true, workers: 2}",
        "providers: {}\nstorage: {backends: {kv: {type: kv_sqlite, db_path: '${env.DIR}/x.db'}}}",
    ],
)
def test_good_configs_fit(text: str) -> None:
    assert is_valid(text)


@pytest.mark.parametrize(
    "text",
    [
        "server: {}",
        "providers: {}\nservr: {}",
        "providers: {safety: []}",
        entry("{provider_id: groq, provider_type: remote::grok}"),
        entry("{provider_id: groq, provider_type: remote::groq, config: {api_kye: x}}"),
        entry("{provider_id: x, provider_type: inline::local, config: {mode: exakt}}"),
        entry("{provider_id: x, provider_type: inline::bare, config: {a: 1}}"),
        "providers: {}\nserver: {port: many}",
        "providers: {}\nstorage: {backends: {kv: {type: kv_sqlit, db_path: x}}}",
    ],
)
def test_mistakes_do_not_fit(text: str) -> None:
    assert not is_valid(text)


def test_a_setting_that_its_row_gives_is_not_required() -> None:
    local = next(
        choice
        for choice in SCHEMA["properties"]["providers"]["properties"]["inference"]["items"]["oneOf"]
        if choice["title"] == "inline::local"
    )
    assert "required" not in local["properties"]["config"]
