"""From a file to a run config: which program it is of, and which files belong to it."""

from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import ConfigError
from llama_stack.core.migration import guess_format, import_file

MODEL = "{{model_name: {0}, litellm_params: {{model: groq/{0}}}}}"


@pytest.mark.parametrize(
    ("data", "form"),
    [
        ({"model_list": []}, "litellm"),
        ({"include": "models.yaml"}, "litellm"),
        ({"general_settings": {}}, "litellm"),
        ({"image_name": "x", "providers": {}}, "llama-stack"),
        ({"version": "2", "apis": []}, "llama-stack"),
        ({"distro_name": "x", "providers": {}}, "ogx"),
        ({"services": {}}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_format_is_guessed_by_its_keys(data: Any, form: str | None) -> None:
    assert guess_format(data) == form


def models(path: Path) -> list[str]:
    config = import_file(path).config
    return [model["model_id"] for model in config["registered_resources"]["models"]]


def test_files_that_are_included_are_read_once_from_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "config.yaml").write_text(f"include: [more/b.yaml]\nmodel_list: [{MODEL.format('a')}]\n")
    (tmp_path / "more/b.yaml").write_text(f"include: c.yaml\nmodel_list: [{MODEL.format('b')}]\n")
    (tmp_path / "more/c.yaml").write_text(f"include: ../config.yaml\nmodel_list: [{MODEL.format('c')}]\n")
    assert models(tmp_path / "config.yaml") == ["a", "b", "c"]


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        import_file(path)
    return caught.value.message.replace(str(path.parent), "DIR")


def test_an_included_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("include: nowhere.yaml\n")
    assert refused(tmp_path / "config.yaml") == "DIR/nowhere.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"services: {}\n", "neither a config of LiteLLM (model_list) nor a run config (providers); say which with"),
        (b"- a\n", "a config is a mapping: `model_list:`, `providers:`, …"),
        (b"", "neither a config of LiteLLM"),
        (b"model_list: [\n", "no valid YAML"),
        (b"model_list: []\nmodel_list: []\n", "given twice; first on line 1"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "config.yaml").write_bytes(text)
    assert said in refused(tmp_path / "config.yaml")
