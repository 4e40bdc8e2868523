"""Run configs of llama-stack and OGX, as run configs of this version."""

import json
from pathlib import Path
from typing import Any

import pytest

from llama_stack.core.storage.config import KvSqlite, SqlSqlite
from tests.unit.core.migration.importing import loaded, lost, models, providers, run_config, told

# In the form of spring 2025: defaults without `=`, stores and resources at the top.
SPRING = """\
version: '2'
image_name: fireworks
container_image: null
apis: [agents, inference, safety]
providers:
  inference:
  - provider_id: fireworks
    provider_type: remote::fireworks
    config:
      url: https://api.fireworks.ai/inference/v1
      api_key: ${env.FIREWORKS_API_KEY}
  - provider_id: sentence-transformers
    provider_type: inline::sentence-transformers
    config: {}
  safety:
  - provider_id: llama-guard
    provider_type: inline::llama-guard
    config: {excluded_categories: []}
  agents:
  - provider_id: meta-reference
    provider_type: inline::meta-reference
    config:
      persistence_store: {type: sqlite, namespace: null, db_path: "${env.DIR:~/.llama}/agents.db"}
metadata_store:
  type: sqlite
  db_path: ${env.DIR:~/.llama}/registry.db
models:
- {metadata: {}, model_id: llama, provider_id: fireworks, provider_model_id: accounts/llama, model_type: llm}
- {metadata: {embedding_dimension: 384}, model_id: minilm, provider_id: sentence-transformers, model_type: embedding}
shields:
- shield_id: llama-guard
vector_dbs: []
server:
  port: 8321
"""
# In the form of autumn 2025: providers that a variable switches on, backends and stores.
AUTUMN = """\
version: 2
image_name: starter
apis: [inference, vector_io]
providers:
  inference:
  - provider_id: ${env.OLLAMA_URL:+ollama}
    provider_type: remote::ollama
    config: {url: "${env.OLLAMA_URL:=http://localhost:11434}"}
  - provider_id: ${env.VLLM_URL:+vllm}
    provider_type: remote::vllm
    config:
      url: ${env.VLLM_URL:=}
      api_token: ${env.VLLM_API_TOKEN:=fake}
      tls_verify: ${env.VLLM_TLS_VERIFY:=true}
  post_training:
  - {provider_id: huggingface, provider_type: "inline::huggingface-gpu"}
storage:
  backends:
    kv: {type: kv_sqlite, db_path: "${env.DIR:=~/.llama}/kv.db"}
    sql: {type: sql_sqlite, db_path: "${env.DIR:=~/.llama}/sql.db"}
  stores:
    metadata: {namespace: registry, backend: kv}
    inference: {table_name: inference_store, backend: sql, max_write_queue_size: 10000, num_writers: 4}
    conversations: {table_name: openai_conversations, backend: sql}
registered_resources:
  models:
  - {model_id: "${env.INFERENCE_MODEL}", provider_id: ollama}
  shields: []
  tool_groups: [{toolgroup_id: "builtin::rag", provider_id: rag-runtime}]
server: {port: 8321}
telemetry: {enabled: true}
"""


def test_a_config_of_spring_2025_comes_over() -> None:
    imported = run_config(SPRING)
    config = loaded(imported)
    assert config.distro_name == "fireworks"
    assert config.apis == ["inference"]
    assert [entry.provider_id for entry in config.providers["inference"]] == ["fireworks", "sentence-transformers"]
    assert config.storage.backends["kv_default"] == KvSqlite(db_path=Path("~/.llama/registry.db").expanduser())
    assert [model["model_id"] for model in models(imported)] == ["llama", "minilm"]
    assert told(imported) == [
        "15:3: providers.safety: this version has no API of this name, so its providers were left out: "
        "inline::llama-guard",
        "19:3: providers.agents: this version has no API of this name, so its providers were left out: "
        "inline::meta-reference",
        "30:1: shields: no API serves shields in this version",
    ]


def test_its_references_are_kept_in_todays_grammar() -> None:
    imported = run_config(SPRING)
    assert providers(imported)[0]["config"]["api_key"] == "${env.FIREWORKS_API_KEY}"
    assert imported.config["storage"]["backends"]["kv_default"]["db_path"] == "${env.DIR:=~/.llama}/registry.db"
    assert imported.required == ["FIREWORKS_API_KEY"]


def test_a_config_of_autumn_2025_comes_over() -> None:
    imported = run_config(AUTUMN)
    assert [entry["provider_id"] for entry in providers(imported)] == [
        "${env.OLLAMA_URL:+ollama}",
        "${env.VLLM_URL:+vllm}",
    ]
    assert models(imported) == [{"model_id": "${env.INFERENCE_MODEL}", "provider_id": "ollama"}]
    stores = loaded(imported).storage.stores
    assert (stores.metadata.backend, stores.inference.backend) == ("kv", "sql")
    assert isinstance(loaded(imported).storage.backends["sql"], SqlSqlite)
    assert lost(imported) == [
        "providers.post_training",
        "storage.stores.inference.num_writers",
        "storage.stores.conversations",
        "registered_resources.tool_groups[0]",
        "telemetry",
    ]


def test_that_fewer_completions_are_stored_is_told() -> None:
    (note,) = [note for note in run_config(AUTUMN).notes if not note.lost]
    assert str(note) == (
        "run.yaml:23:5: storage.stores.inference: "
        "completions are stored when a request says so; for all: `store_by_default: true`"
    )


def test_a_config_of_ogx_comes_over() -> None:
    imported = run_config("""\
        version: 2
        distro_name: mine
        image_name: null
        apis: [inference]
        providers:
          inference:
          - provider_id: up
            provider_type: remote::vllm
            config:
              base_url: http://gpu:8000/v1
              network:
                tls: {verify: false}
                proxy: {url: "http://proxy:3128"}
                timeout: {connect: 5, read: 60}
                headers: {X-App: us}
            module: null
        storage:
          backends:
            kv: {type: kv_sqlite, db_path: /data/kv.db, namespace: null}
            sql: {type: sql_sqlite, db_path: /data/sql.db, pool_pre_ping: true}
          stores: {metadata: {backend: kv, namespace: registry}, responses: null}
        logging: null
        server: {port: 8321, host: null, workers: 2, registry_refresh_interval_seconds: 60, insecure: true}
        vector_stores: null
        connectors: []
        """)
    config = loaded(imported)
    assert (config.distro_name, config.server.workers, config.models.refresh_interval_seconds) == ("mine", 2, 60)
    assert config.providers["inference"][0].config["network"] == {
        "tls": {"verify": False},
        "proxy": "http://proxy:3128",
        "headers": {"X-App": "us"},
        "connect_timeout_seconds": 5,
        "read_timeout_seconds": 60,
    }
    assert lost(imported) == ["storage.backends.sql.pool_pre_ping", "server.insecure"]


@pytest.mark.parametrize("version", ["1", "'1'", "2", "'2'"])
def test_a_config_of_ours_comes_over_as_it_is(version: str) -> None:
    imported = run_config(f"""\
        version: {version}
        distro_name: mine
        providers:
          inference:
          - {{provider_id: groq, provider_type: "remote::groq", config: {{api_key: "${{env.KEY:=}}"}}}}
        """)
    assert imported.notes == []
    assert imported.config == {
        "version": 2,
        "distro_name": "mine",
        "providers": {
            "inference": [
                {"provider_id": "groq", "provider_type": "remote::groq", "config": {"api_key": "${env.KEY:=}"}}
            ]
        },
    }


def one(entry: str, more: str = "") -> str:
    return f"providers:\n  inference:\n  - {{{entry}}}\n{more}"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("remote::groq-openai-compat", "remote::groq"),
        ("remote::llama-openai-compat", "remote::meta"),
        ("remote::hf::serverless", "remote::hf::serverless"),
        ("remote::vertexai", "remote::vertexai"),
    ],
)
def test_a_provider_type_goes_by_its_name_here(theirs: str, ours: str) -> None:
    imported = run_config(one(f'provider_type: "{theirs}"'))
    assert providers(imported) == [
        {"provider_id": ours.removeprefix("remote::").replace("::", "-"), "provider_type": ours}
    ]


def test_a_provider_type_that_is_not_there_is_told_and_so_are_its_models() -> None:
    text = one('provider_id: a, provider_type: "inline::meta-reference"', "models: [{model_id: m, provider_id: a}]\n")
    imported = run_config(text)
    assert providers(imported) == []
    assert told(imported) == [
        "3:22: providers.inference[0].provider_type: no provider of type 'inline::meta-reference' in this version",
        "4:10: models[0]: its provider 'a' did not come along",
    ]


def test_what_follows_something_dropped_is_told_by_its_own_line() -> None:
    imported = run_config("""\
        providers:
          inference:
          - {provider_id: a, provider_type: "inline::gone"}
          - {provider_id: off, provider_type: "remote::openai"}
          - {provider_id: __disabled__, provider_type: "remote::openai"}
          - {provider_id: b, provider_type: "remote::groq", config: {never_heard_of: 1}}
        """)
    assert [entry["provider_id"] for entry in providers(imported)] == ["off", "b"]
    first, second = told(imported)
    assert first.startswith("3:22: providers.inference[0].provider_type: ")
    assert second.startswith("6:62: providers.inference[3].config.never_heard_of: unknown key; ")


def test_a_key_in_clear_text_becomes_a_reference() -> None:
    config = "{url: 'https://a:hunter2@b/v1', auth_credential: hunter2, network: {headers: {Authorization: hunter2}}}"
    imported = run_config(one(f'provider_id: up, provider_type: "remote::vllm", config: {config}'))
    assert providers(imported)[0]["config"] == {
        "base_url": "${env.VLLM_BASE_URL}",
        "api_key": "${env.VLLM_API_KEY}",
        "network": {"headers": {"Authorization": "${env.VLLM_API_KEY}"}},
    }
    assert "hunter2" not in json.dumps(imported.config) + "".join(told(imported))
    assert imported.lost == []


def test_a_backend_that_is_not_there_leaves_its_stores_in_memory_and_says_so() -> None:
    imported = run_config(
        one('provider_id: a, provider_type: "remote::groq"')
        + "storage:\n"
        + "  backends: {kv: {type: kv_etcd, host: h}, sql: {type: sql_sqlite, db_path: /x.db}}\n"
        + "  stores: {metadata: {backend: kv}, inference: {backend: sql, store_by_default: true}}\n"
    )
    backend, store = told(imported)
    assert backend.startswith("5:19: storage.backends.kv.type: unknown type; ")
    assert backend.endswith("unless you give it a file: `type: kv_sqlite` and a `db_path`")
    assert store.startswith("6:23: storage.stores.metadata.backend: no backend is named 'kv'")
    assert loaded(imported).storage.stores.inference.backend == "sql"


@pytest.mark.parametrize(
    "text",
    [
        "providers:\n",
        "providers: 1\n",
        "providers: {inference: 1}\n",
        "providers: {inference: [1, a, {}, [], {provider_type: 1}, {provider_type: 'remote::groq', config: 1}]}\n",
        "providers: {inference: [remote::ollama], safety: [1]}\napis: inference\n",
        "providers: {inference: [{provider_type: 'remote::groq', module: [1]}]}\n",
        "providers: {inference: [{provider_id: x, provider_type: 'remote::groq', module: 'no_such_package'}]}\n",
        "providers: {}\nmodels: [1, {}, {model_id: 4}, {model_id: a, provider_id: [x]}]\n",
        "providers: {}\nregistered_resources: []\nstorage: 1\nserver: [1]\nlogging: x\nversion: 99\n",
        "providers: {}\nstorage: {backends: {kv: 1, b: {}}, stores: {metadata: 3, inference: {backend: 7}}}\n",
        "providers: {}\nserver: {port: many, tls_certfile: x, cors: {allow_origins: 1}}\ndistro_name: a b\n",
        "providers: {}\nserver: {port: '${env.PORT}', host: '${env.a-b}'}\n",
        "apis: [1, [], inference]\nproviders: {inference: [{provider_type: 'remote::vllm', config: {network: 1}}]}\n",
        "providers: {inference: [{provider_type: 'remote::vllm', config: {network: {proxy: {}, timeout: {}}}}]}\n",
        "providers: {inference: [{provider_id: {a: b}, provider_type: 'remote::vllm', type: 1}]}\ntype: 1\n",
        "providers: {}\nprovider_id: '${env.a-b}'\nserver: {type: {a: b}}\n",
        "apis_to_serve: [inference]\napi_providers: {inference: {providers: ['remote::ollama']}}\n",
    ],
)
def test_what_is_not_as_it_should_be_ends_in_notes_not_in_a_crash(text: str) -> None:
    run_config(text)


def test_a_model_that_is_registered_twice_is_told() -> None:
    twice: Any = "models: [{model_id: m, provider_id: a}, {model_id: m, provider_id: a}]\n"
    imported = run_config(one('provider_id: a, provider_type: "remote::groq"', twice))
    assert len(models(imported)) == 1
    assert lost(imported) == ["models[1]"]
