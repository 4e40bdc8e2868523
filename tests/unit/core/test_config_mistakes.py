"""What a run config's author is told: every mistake, with its line, its path and the nearest valid word."""

from pathlib import Path

import pytest

from llama_stack.apis.errors import ConfigError
from llama_stack.core.config import load_config
from tests.unit.core.config_cases import REGISTRY, mistakes, provider_mistakes, read


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
        version: 2
        distro_nmae: demo
        apis: [inference, modles]
        providers:
          inference:
          - provider_id: groq
            provider_type: remote::groq
            config:
              api_kye: secret
              network:
                tls: {verfy: true}
                connect_timeout_seconds: soon
          - provider_id: groq
            provider_type: groq
        storage:
          backends:
            kv_default: {type: kv_sqlit, db_path: x}
        registered_resources:
          models:
          - model_id: small
            provider_id: grok
            model_tpe: llm
        server:
          port: ${env.PORT}
          cors: {allow_orgins: [a]}
        """
    assert mistakes(text) == [
        "run.yaml:2:1: distro_nmae: unknown key; did you mean 'distro_name'?",
        "run.yaml:3:19: apis[1]: no API 'modles' in this version; did you mean 'models'?",
        "run.yaml:9:7: providers.inference[0].config.api_kye: unknown key; did you mean 'api_key'?",
        "run.yaml:11:15: providers.inference[0].config.network.tls.verfy: unknown key; did you mean 'verify'?",
        "run.yaml:12:34: providers.inference[0].config.network.connect_timeout_seconds: "
        "should be a valid number, unable to parse string as a number",
        "run.yaml:13:18: providers.inference[1].provider_id: 'groq' is taken; choose another name",
        "run.yaml:14:20: providers.inference[1].provider_type: no provider type 'groq'; did you mean 'remote::groq'?",
        "run.yaml:17:24: storage.backends.kv_default.type: unknown type; did you mean 'kv_sqlite'?",
        "run.yaml:21:18: registered_resources.models[0].provider_id: no inference provider 'grok' is configured; "
        "did you mean 'groq'?",
        "run.yaml:22:5: registered_resources.models[0].model_tpe: unknown key; did you mean 'model_type'?",
        "run.yaml:24:9: server.port: environment variable PORT is not set; set it, or write ${env.PORT:=default}",
        "run.yaml:25:10: server.cors.allow_orgins: unknown key; did you mean 'allow_origins'?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("providers: [a\n", "run.yaml:2:1: no valid YAML: while parsing a flow sequence: expected ',' or ']', but got"),
        ("providers: {}\n\tserver: {}\n", "run.yaml:2:1: no valid YAML: while scanning for the next token"),
        ("a: *nowhere\n", "run.yaml:1:4: no valid YAML: found undefined alias 'nowhere'"),
        ("a: !!python/object:os.system x\n", "run.yaml:1:4: no valid YAML: could not determine a constructor"),
        ("a: 1\n---\nb: 2\n", "run.yaml:2:1: no valid YAML: expected a single document in the stream"),
        ("a: \x00\n", "run.yaml:1:1: no valid YAML:"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place(text: str, told: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith(told)


def test_a_key_given_twice_is_a_mistake_beside_the_others() -> None:
    assert mistakes("server:\n  port: 1\n  port: 2\nproviders: {}\nsever: {}\n") == [
        "run.yaml:3:3: server.port: given twice; first on line 2",
        "run.yaml:5:1: sever: unknown key; did you mean 'server'?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "run.yaml:1:1: providers: required key is missing"),
        ("- a\n", "run.yaml:1:1: a run config is a mapping: `providers:`, `server:`, …"),
        ("hello\n", "run.yaml:1:1: a run config is a mapping: `providers:`, `server:`, …"),
        ("providers: [a]\n", "run.yaml:1:1: providers: should be a mapping"),
        ("providers:\n", "run.yaml:1:1: providers: should be a mapping, but it is empty"),
        ("providers: {inference: groq}\n", "run.yaml:1:24: providers.inference: should be a list"),
        ("providers: {inference: [groq]}\n", "run.yaml:1:25: providers.inference[0]: should be a mapping"),
        ("providers: {}\nserver: 8321\n", "run.yaml:2:9: server: should be a mapping"),
        ("? [a]\n: b\nproviders: {}\n", "run.yaml:1:3: a key must be a plain word"),
        ("providers: &p\n  inference: *p\n", "run.yaml:2:3: providers.inference: an alias of something that it is p"),
        ("version: 3\nproviders: {}\n", "run.yaml:1:10: version: version 3 is newer than this program, which reads 2"),
        ("version: two\nproviders: {}\n", "run.yaml:1:10: version: should be 2"),
    ],
)
def test_a_config_of_the_wrong_shape_is_refused(text: str, told: str) -> None:
    assert mistakes(text)[0].startswith(told)


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("server: {port: 70000}", "server.port: should be less than or equal to 65535"),
        ("server: {workers: 0}", "server.workers: should be greater than or equal to 1"),
        ("server: {cors: perhaps}", "server.cors: should be a mapping"),
        ("server: {tls_certfile: a}", "server: tls_certfile and tls_keyfile go together: give both, or neither"),
        ("server: {tls_cafile: a}", "server: tls_cafile asks clients for certificates, which needs tls_certfile and"),
        (
            "server: {cors: {allow_origins: ['*'], allow_credentials: true}}",
            "server.cors: allow_credentials needs named origins: with `*`, any page could act as its visitor",
        ),
        ("server: {cors: {allow_origin_regex: '('}}", "server.cors: allow_origin_regex is no regular expression"),
        ("logging: {category_levels: {core: lowd}}", "logging.category_levels.core: unknown value; known: critical, d"),
        ("logging: {category_levels: {cor: info}}", "logging.category_levels.cor: unknown value; did you mean 'core'?"),
        ("models: {refresh_interval_seconds: 0}", "models.refresh_interval_seconds: should be greater than 0"),
        ("distro_name: ../etc", "distro_name: string should match pattern"),
        ("distro_name: 12", "distro_name: should be text; put it in quotes"),
        ("storage: {backends: {kv: {db_path: x}}}", "storage.backends.kv.type: required key is missing"),
        ("storage: {stores: {metadata: {backend: kv}}}", "storage.stores.metadata.backend: no backend is named 'kv'"),
    ],
)
def test_each_section_is_checked(section: str, told: str) -> None:
    (line,) = mistakes(f"providers: {{}}\n{section}\n")
    assert line.startswith("run.yaml:2:")
    assert line.split(": ", 1)[1].startswith(told)


@pytest.mark.parametrize(
    ("kind", "config", "told"),
    [
        ("inline::local", "{schedule: {kind: brusty}}", "config.schedule.kind: unknown kind; did you mean 'bursty'?"),
        ("inline::local", "{schedule: {burst_size: 1}}", "config.schedule.kind: required key is missing"),
        (
            "inline::local",
            "{schedule: {kind: bursty, brst_size: 1}}",
            "config.schedule.brst_size: unknown key; did you mean 'burst_size'?",
        ),
        ("inline::local", "{mode: exakt}", "config.mode: unknown value; did you mean 'exact'?"),
        ("inline::local", "{threads: many}", "config.threads: should be a valid integer, unable to parse string"),
        ("inline::local", "{password: 12345}", "config.password: should be text; put it in quotes"),
        ("inline::local", "{zzz: 1}", "config.zzz: unknown key; known: extras, mode, model, password, schedule, thr"),
        ("inline::local", "{extras: 1}", "config.extras: should be a mapping"),
        ("inline::local", "[]", "config: should be a mapping"),
        ("inline::bare", "{a: 1}", "config.a: inline::bare takes no config"),
        ("remote::groq", "{network: {headers: {a: 1}}}", "config.network.headers.a: should be text; put it in quotes"),
        (
            "remote::groq",
            "{api_key: a, api_token: b}",
            "config.api_token: another name of api_key, which is given too; remove one",
        ),
        ("remote::groq", "{url: a, base_url: b}", "config.url: another name of base_url, which is given too; remove"),
        ("remote::strict", "{}", "config.api_key: environment variable STRICT_KEY is not set; set it, or write"),
    ],
)
def test_a_providers_config_is_checked_by_its_own_model(kind: str, config: str, told: str) -> None:
    (line,) = provider_mistakes(config, kind=kind)
    assert line.startswith("run.yaml:5:")
    assert line.split(": ", 1)[1].startswith(f"providers.inference[0].{told}")


def test_an_unknown_provider_type_is_told_with_those_that_are_near() -> None:
    (line,) = provider_mistakes("{}", kind="remote::olama")
    assert line.endswith("provider_type: no provider type 'remote::olama'; did you mean 'remote::ollama'?")


def test_an_api_that_is_not_served_is_told_once_and_not_looked_into() -> None:
    text = "providers:\n  safety:\n  - {provider_id: a, provider_type: b, config: {key: '${env.NOPE}'}}\n"
    assert mistakes(text) == [
        "run.yaml:2:3: providers.safety: no API of this name takes providers in this version; known: inference"
    ]


def test_a_model_is_served_once_and_by_a_configured_provider() -> None:
    text = """\
        providers: {}
        registered_resources:
          models:
          - {model_id: a}
          - {model_id: a, provider_id: groq}
          - {provider_model_id: b}
        """
    assert mistakes(text) == [
        "run.yaml:5:16: registered_resources.models[1].model_id: 'a' is taken; choose another name",
        "run.yaml:5:32: registered_resources.models[1].provider_id: no inference provider 'groq' is configured; "
        "configured: none",
        "run.yaml:6:5: registered_resources.models[2].model_id: required key is missing",
    ]


def test_a_variable_that_is_not_set_is_told_once() -> None:
    (line,) = provider_mistakes("{network: {connect_timeout_seconds: '${env.NOPE}'}}")
    assert "environment variable NOPE is not set" in line


def test_values_never_stand_in_a_message() -> None:
    text = "{api_key: [s3cret], base_url: {s3cret: 1}, refresh_models: s3cret, network: {max_connections: s3cret}}"
    assert "s3cret" not in "\n".join(provider_mistakes(text))


def test_mistakes_in_a_mapping_have_a_path_but_no_line() -> None:
    config = {"providers": {"inference": [{"provider_id": "p", "provider_type": "remote::groq", "config": {"x": 1}}]}}
    with pytest.raises(ConfigError, match=r"^providers.inference\[0\].config.x: unknown key; known: allowed_models, "):
        load_config(config, env={}, registry=REGISTRY)


def test_a_file_that_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.yaml cannot be read: No such file or directory"):
        load_config(tmp_path / "nowhere.yaml", env={}, registry=REGISTRY)
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9\n")
    with pytest.raises(ConfigError, match=r"latin.yaml is no text in UTF-8: byte 3"):
        load_config(str(tmp_path / "latin.yaml"), env={}, registry=REGISTRY)


def test_the_path_of_the_file_stands_before_each_line(tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text("providers: {}\nservr: {}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(file, env={}, registry=REGISTRY)
    assert caught.value.message == f"{file}:2:1: servr: unknown key; did you mean 'server'?"
    assert caught.value.status == 400


def test_merge_keys_and_aliases_are_read_as_yaml_says() -> None:
    text = """\
        providers:
          inference:
          - &first {provider_id: a, provider_type: remote::groq, config: {refresh_models: false}}
          - {<<: *first, provider_id: b}
        """
    first, second = read(text).providers["inference"]
    assert (first.provider_id, second.provider_id) == ("a", "b")
    assert second.config["refresh_models"] is False


def test_a_tool_group_names_a_provider_that_is_there() -> None:
    assert mistakes("""\
        providers: {}
        registered_resources:
          tool_groups:
          - {toolgroup_id: "builtin::rag", provider_id: rag-runtme}
        """) == [
        "run.yaml:4:49: registered_resources.tool_groups[0].provider_id: no tool_runtime provider 'rag-runtme' is "
        "configured; configured: none"
    ]
