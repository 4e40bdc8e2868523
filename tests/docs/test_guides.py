"""What the guides show is done as it stands, in front of a service that says what they say it says."""

import re
from pathlib import Path

import pytest

from llama_stack.apis.chunks import ContextualChunking
from llama_stack.core.config import load_text
from llama_stack.providers.utils.documents.formats import FORMATS
from llama_stack.testing import Fault
from llama_stack.testing.cassettes.files import load
from tests.house.modules import ROOT
from tests.support.serving import served_in_thread
from tests.support.walkthrough import Step, Walker, steps

GUIDES = ROOT / "docs" / "guides"
TALKER = {"model": "talker", "turns": [{"say": "It is cold."}], "repeat": True}
SERVICE = {
    "version": 2,
    "providers": {"inference": [{"provider_id": "s", "provider_type": "inline::scripted", "config": TALKER}]},
}


@pytest.fixture
def walker(tmp_path: Path) -> Walker:
    return Walker(tmp_path)


def follow(walker: Walker, guide: list[Step]) -> None:
    """Follow these steps while the service is there."""
    with served_in_thread(SERVICE) as service:
        walker.env["VLLM_URL"] = f"{service.url}/v1"
        walker.follow(guide)


def test_record_and_replay(walker: Walker) -> None:
    guide = steps(GUIDES / "record-and-replay.md")
    replay = next(n for n, step in enumerate(guide) if "--replay" in step.text)
    pytest_begins = next(n for n, step in enumerate(guide) if step.path == "test_weather.py")
    then_replayed = next(n for n, step in enumerate(guide) if step.text == "pytest -q test_weather.py\n")
    follow(walker, guide[:replay])
    walker.follow(guide[replay:pytest_begins])  # the service is gone
    follow(walker, [guide[0], *guide[pytest_begins:then_replayed]])
    walker.follow(guide[then_replayed:])


def test_the_file_that_is_shown_can_be_replayed(tmp_path: Path) -> None:
    (shown,) = (step.text for step in steps(GUIDES / "record-and-replay.md") if step.path == "example")
    (tmp_path / "t.yaml").write_text(shown)
    (interaction,) = load(tmp_path / "t.yaml")
    assert interaction.response["json"]["choices"][0]["message"]["content"] == "It is cold."


def test_fault_injection(walker: Walker) -> None:
    follow(walker, steps(GUIDES / "fault-injection.md"))


def test_vector_stores(walker: Walker) -> None:
    walker.follow(steps(GUIDES / "vector-stores.md"))


def test_every_field_of_a_fault_is_in_the_guide() -> None:
    rows = [line for line in (GUIDES / "fault-injection.md").read_text().splitlines() if line.startswith("| `")]
    named = {word for row in rows for word in re.findall(r"`([a-z_]+)[:`]", row.split("|")[1])}
    assert named == set(Fault.model_fields)


def test_files(walker: Walker) -> None:
    walker.follow(steps(GUIDES / "files.md"))


def test_the_config_of_several_files_providers_is_right() -> None:
    (shown,) = (step.text for step in steps(GUIDES / "files.md") if step.path == "example.yaml")
    config = load_text(shown, name="example.yaml", env={})
    assert [entry.provider_id for entry in config.providers["files"]] == ["here", "bucket"]
    assert config.server.max_upload_bytes == 2 << 30


def test_file_processors(walker: Walker) -> None:
    walker.follow(steps(GUIDES / "file-processors.md"))


def test_every_format_is_in_the_guide() -> None:
    shown = (GUIDES / "file-processors.md").read_text()
    named = {each.strip("`.") for each in re.findall(r"`\.\w+`", shown)}
    assert [each.name for each in FORMATS.values() if not named & {*each.extensions}] == []


def test_the_strategy_that_is_shown_is_one() -> None:
    (shown,) = (step.text for step in steps(GUIDES / "file-processors.md") if step.language == "json")
    assert ContextualChunking.model_validate_json(shown).contextual.max_concurrency == 4


def test_rag(walker: Walker) -> None:
    walker.follow([step for step in steps(GUIDES / "rag.md") if step.path != "example.yaml"])
