"""Older and wider forms of the run config."""

from pathlib import Path

import pytest

from llama_stack.core.storage.config import KvSqlite, SqlSqlite
from tests.unit.core.config_cases import mistakes, read


@pytest.mark.parametrize("version", ["1", "'1'", "2", "'2'"])
def test_older_versions_are_read(version: str) -> None:
    assert read(f"version: {version}\nproviders: {{}}\n").version == 2


def test_the_former_names_of_keys_are_accepted() -> None:
    config = read("""\
        image_name: demo
        providers: {}
        server: {registry_refresh_interval_seconds: 60}
        """)
    assert config.distro_name == "demo"
    assert config.models.refresh_interval_seconds == 60


def test_stores_at_the_top_become_backends() -> None:
    config = read("""\
        providers: {}
        metadata_store: {type: sqlite, db_path: /data/registry.db, namespace: mine}
        inference_store: {type: sqlite, db_path: "${env.DIR:=/data}/inference.db"}
        """)
    storage = config.storage
    assert storage.backends == {
        "kv_default": KvSqlite(db_path=Path("/data/registry.db"), namespace="mine"),
        "sql_default": SqlSqlite(db_path=Path("/data/inference.db")),
    }
    assert (storage.stores.metadata.backend, storage.stores.inference.backend) == ("kv_default", "sql_default")


def test_resources_at_the_top_become_registered_resources() -> None:
    config = read("providers: {}\nmodels: [{model_id: a}]\nshields: []\nvector_dbs: []\n")
    assert [model.model_id for model in config.registered_resources.models] == ["a"]


def test_a_mistake_in_an_older_form_is_told_as_it_was_written() -> None:
    text = """\
        image_name: 12
        providers: {}
        models:
        - model_idd: a
        - model_id: b
          provider_id: nobody
        metadata_store:
          type: sqlit
          db_path: x
        """
    assert mistakes(text) == [
        "run.yaml:1:13: image_name: should be text; put it in quotes",
        "run.yaml:4:3: models[0].model_id: required key is missing",
        "run.yaml:4:3: models[0].model_idd: unknown key; did you mean 'model_id'?",
        "run.yaml:6:16: models[1].provider_id: no inference provider 'nobody' is configured; configured: none",
        "run.yaml:8:9: metadata_store.type: unknown type; did you mean 'kv_sqlite'?",
    ]


def test_an_older_name_beside_the_new_one_is_a_mistake() -> None:
    assert mistakes("distro_name: a\nimage_name: b\nproviders: {}\n") == [
        "run.yaml:2:1: image_name: the older name of distro_name, which is given too; remove the key"
    ]


def test_what_this_version_does_not_serve_may_stand_there_empty() -> None:
    config = read("""\
        providers: {}
        container_image: null
        external_providers_dir:
        safety: {}
        registered_resources: {shields: [], tool_groups: []}
        """)
    assert config.registered_resources.models == []


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("registered_resources: {shields: [{a: b}]}", "registered_resources.shields: no API serves shields in this"),
        ("shields: [{a: b}]", "shields: no API serves shields in this version; remove the key"),
        ("storage: {stores: {conversations: {a: b}}}", "storage.stores.conversations: no API serves conversations in"),
        ("telemetry: {enabled: true}", "telemetry: this version exports no telemetry; remove the key"),
        ("server: {auth: {a: b}}", "server.auth: this version does not authenticate callers; remove the key"),
        ("server: {quota: {a: b}}", "server.quota: this version counts no quotas; remove the key"),
        ("external_providers_dir: x", "external_providers_dir: name the package on the provider itself: `module: pack"),
    ],
)
def test_what_this_version_does_not_serve_is_refused_by_name(section: str, told: str) -> None:
    (line,) = mistakes(f"providers: {{}}\n{section}\n")
    assert line.startswith("run.yaml:2:")
    assert line.split(": ", 1)[1].startswith(told)
