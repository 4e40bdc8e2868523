"""The guide on the catalogue, followed to the letter."""

from pathlib import Path

from tests.house.modules import ROOT
from tests.support.walkthrough import Walker, steps

GUIDE = steps(ROOT / "docs" / "guides" / "model-catalogue.md")


def test_what_the_guide_types_prints_what_it_shows(tmp_path: Path) -> None:
    Walker(tmp_path, {"COLUMNS": "100"}).follow(GUIDE)


def test_what_the_guide_writes_in_python_runs() -> None:
    (code,) = (step.text for step in GUIDE if step.language == "python")
    exec(compile(code, "model-catalogue.md", "exec"), {})
