"""What ends up in a provider's config: the entry, its row's defaults, the environment."""

import sys
from pathlib import Path

import pytest

from llama_stack.core.config import config_model, load_config, specs_of
from tests.unit.core.config_cases import REGISTRY, LocalConfig, mistakes, provider, provider_mistakes, read


def test_a_rows_defaults_lie_under_the_entry() -> None:
    assert provider("{allowed_models: [a], network: {proxy: http://p}}", {"GROQ_API_KEY": "k"}) == {
        "base_url": "https://api.groq.com/openai/v1",
        "api_key": "k",
        "allowed_models": ["a"],
        "network": {"proxy": "http://p", "headers": {"x-app": "stack"}},
    }


def test_defaults_apply_without_a_config_and_their_empty_references_are_none() -> None:
    assert provider("")["api_key"] is None


def test_a_default_that_is_overridden_is_not_read_from_the_environment() -> None:
    assert provider("{api_key: mine}", kind="remote::strict") == {"api_key": "mine"}


@pytest.mark.parametrize("name", ["api_key", "api_token", "auth_credential"])
def test_another_name_of_a_field_replaces_the_rows_value(name: str) -> None:
    assert provider(f"{{{name}: mine}}", {"GROQ_API_KEY": "theirs"})["api_key"] == "mine"


@pytest.mark.parametrize("name", ["base_url", "url", "api_base", "openai_compat_api_base"])
def test_older_names_of_the_base_url_are_accepted(name: str) -> None:
    config = provider(f"{{{name}: http://here/v1}}")
    assert config["base_url"] == "http://here/v1"
    assert set(config) == {"base_url", "api_key", "network"}


def test_a_field_that_is_called_like_an_older_name_is_left_alone() -> None:
    assert provider("{url: http://here}", kind="remote::own-url") == {"url": "http://here"}


@pytest.mark.parametrize("secret", ["12345", "0123", "true", "null", "1e5", "~/x", "[a]"])
def test_values_from_the_environment_stay_strings(secret: str) -> None:
    assert provider("{api_key: '${env.K}'}", {"K": secret})["api_key"] == secret


def test_the_model_of_a_field_decides_what_a_string_means() -> None:
    config = provider("{threads: '${env.N}'}", {"N": "8"}, kind="inline::local")
    assert config["threads"] == "8"
    assert LocalConfig.model_validate(config).threads == 8


def test_a_provider_whose_package_is_missing_is_kept_and_not_checked() -> None:
    assert provider("{anything: 1}", kind="inline::absent") == {"anything": 1}


@pytest.mark.parametrize("id_", ["${env.KEY:+groq}", "__disabled__", "${env.KEY:=__disabled__}", "${env.KEY:=}"])
def test_a_disabled_provider_is_removed_before_its_config_is_read(id_: str) -> None:
    text = f"""\
        providers:
          inference:
          - provider_id: {id_}
            provider_type: remote::nothing
            config: {{api_key: "${{env.NOPE}}"}}
          - provider_id: here
            provider_type: inline::local
            config: {{thread: 1}}
        """
    assert mistakes(text) == [
        "run.yaml:8:14: providers.inference[1].config.thread: unknown key; did you mean 'threads'?"
    ]
    assert [entry.provider_id for entry in read(text.replace("thread:", "threads:")).providers["inference"]] == ["here"]


def test_a_provider_with_its_key_is_there() -> None:
    text = "providers: {inference: [{provider_id: '${env.KEY:+groq}', provider_type: remote::groq}]}"
    assert read(text, {"KEY": "x"}).providers["inference"][0].provider_id == "groq"


@pytest.mark.parametrize("id_", ["''", "null"])
def test_an_id_that_is_written_empty_is_a_mistake(id_: str) -> None:
    (line,) = mistakes(f"providers: {{inference: [{{provider_id: {id_}, provider_type: remote::groq}}]}}")
    assert "providers.inference[0].provider_id: " in line


def test_an_optional_model_is_left_out_when_its_id_is_empty() -> None:
    text = """\
        providers: {inference: [{provider_id: groq, provider_type: remote::groq}]}
        registered_resources:
          models:
          - {model_id: "${env.INFERENCE_MODEL:=}", provider_id: "${env.INFERENCE_PROVIDER:=}"}
        """
    assert read(text).registered_resources.models == []
    (model,) = read(text, {"INFERENCE_MODEL": "m"}).registered_resources.models
    assert (model.model_id, model.provider_id) == ("m", None)


def test_references_may_stand_in_types_and_apis() -> None:
    text = """\
        apis: ["${env.API:=inference}"]
        providers: {inference: [{provider_id: p, provider_type: "${env.TYPE:=remote::groq}"}]}
        """
    config = read(text)
    assert (config.apis, config.providers["inference"][0].provider_type) == (["inference"], "remote::groq")


def test_a_mapping_is_read_and_left_as_it_was() -> None:
    config = {"p": "${env.LOCAL_MODEL}"}
    source = {"providers": {"inference": [{"provider_id": "p", "provider_type": "inline::local", "config": config}]}}
    config["model"] = config.pop("p")
    read_back = load_config(source, env={"LOCAL_MODEL": "big.gguf"}, registry=REGISTRY)
    assert read_back.providers["inference"][0].config["model"] == "big.gguf"
    assert config == {"model": "${env.LOCAL_MODEL}"}


def test_keys_do_not_show_when_a_config_is_printed() -> None:
    config = read("providers: {inference: [{provider_id: p, provider_type: remote::groq, config: {api_key: s3cret}}]}")
    assert "s3cret" not in repr(config)


def test_the_model_of_a_config_is_what_the_constructor_says() -> None:
    rows = REGISTRY["inference"]
    assert config_model(rows["inline::local"]) is LocalConfig
    assert config_model(rows["inline::bare"]) is None


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that brings a provider, as a vendor would ship it."""
    (tmp_path / "vendor_stack").mkdir()
    (tmp_path / "vendor_stack" / "__init__.py").touch()
    (tmp_path / "vendor_stack" / "provider.py").write_text(
        "from llama_stack.providers.spec import ProviderSpec\n"
        "def get_provider_spec():\n"
        "    row = dict(api='inference', impl='tests.unit.core.config_cases:Local', defaults={'model': 'v'})\n"
        "    return [ProviderSpec(provider_type=kind, **row) for kind in ('remote::vendor', 'inline::vendor')]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "vendor_stack"
    for name in ("vendor_stack", "vendor_stack.provider"):
        sys.modules.pop(name, None)


def test_another_package_may_bring_a_provider(vendor: str) -> None:
    entry = f"{{provider_id: v, provider_type: remote::vendor, module: {vendor}, config: {{threads: 2}}}}"
    config = read(f"providers: {{inference: [{entry}]}}")
    assert config.providers["inference"][0].config == {"model": "v", "threads": 2}
    assert set(specs_of(config, REGISTRY)["inference"]) - set(REGISTRY["inference"]) == {"remote::vendor"}


@pytest.mark.parametrize(
    ("kind", "module", "told"),
    [
        ("remote::vendr", "vendor_stack", "vendor_stack offers remote::vendor for inference, inline::vendor for"),
        ("remote::vendor", "not_there", "no provider comes from not_there.provider (No module named 'not_there'); "),
        ("remote::vendor", "a b", "name a package to import: `package` or `package==version`"),
        ("remote::vendor", "pytest==0.1", "no provider comes from pytest.provider"),
    ],
)
def test_a_package_that_does_not_bring_the_provider_is_a_mistake(
    vendor: str, kind: str, module: str, told: str
) -> None:
    (line,) = mistakes(f"providers: {{inference: [{{provider_id: v, provider_type: {kind}, module: {module}}}]}}")
    assert line.split("module: ", 1)[1].startswith(told)


def test_mistakes_in_a_vendors_config_are_told(vendor: str) -> None:
    entry = f"{{provider_id: v, provider_type: remote::vendor, module: {vendor}, config: {{thread: 2}}}}"
    (line,) = mistakes(f"providers: {{inference: [{entry}]}}")
    assert line.endswith("config.thread: unknown key; did you mean 'threads'?")


def test_a_mistake_in_a_default_points_to_the_entry() -> None:
    (line,) = provider_mistakes("{}", kind="remote::strict")
    assert line.startswith("run.yaml:5:5: providers.inference[0].config.api_key: ")
