"""What the guide on storage shows is a config without mistakes, and it names every backend."""

import pytest

from llama_stack.core.config import load_text
from llama_stack.core.storage.config import StorageConfig
from tests.house.modules import ROOT
from tests.support.walkthrough import Step, steps

GUIDE = ROOT / "docs" / "guides" / "storage.md"
ENV = {"POSTGRES_PASSWORD": "p", "POSTGRES_URL": "postgresql://db/stacks"}


@pytest.mark.parametrize("step", steps(GUIDE), ids=lambda step: step.path)
def test_each_config_is_valid(step: Step) -> None:
    storage = load_text(step.text, name=step.path or "", env=ENV).storage
    assert {storage.stores.metadata.backend, storage.stores.inference.backend} == set(storage.backends)


def test_every_backend_has_its_row() -> None:
    rows = [line for line in GUIDE.read_text().splitlines() if line.startswith("| `")]
    named = {word.strip(" `") for row in rows for word in row.split("|")[1].split(",")}
    schema = StorageConfig.model_json_schema()
    assert named == set(schema["properties"]["backends"]["additionalProperties"]["discriminator"]["mapping"])
