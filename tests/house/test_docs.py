"""The documentation says what the code does: pages that are made from it are fresh, their examples are right."""

import re
from pathlib import Path

import pytest

from llama_stack.core.config import load_text
from llama_stack.providers.spec import ProviderSpec
from scripts.docs.rows import DOCS, FOLDER, our_specs, page_of
from scripts.docs.site import OURS_END, expected, orphans, write
from tests.house.modules import ROOT

ADVICE = "run `make docs`, and commit what it writes"


def test_every_page_that_is_made_from_the_code_is_fresh() -> None:
    stale = [str(p.relative_to(ROOT)) for p, text in expected().items() if not p.exists() or p.read_text() != text]
    assert stale == [], ADVICE


def test_no_page_is_left_of_a_provider_that_is_gone() -> None:
    assert orphans() == [], ADVICE


def test_every_provider_has_a_page_of_its_own() -> None:
    pages = [page_of(spec) for rows in our_specs().values() for spec in rows]
    assert len(set(pages)) == len(pages)
    assert set(FOLDER.glob("*/*.md")) == set(pages)


def test_what_is_written_by_hand_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.docs.rows.FOLDER", tmp_path)
    monkeypatch.setattr("scripts.docs.site.FOLDER", tmp_path)
    monkeypatch.setattr("scripts.docs.site.DOCS", tmp_path)
    write()
    page, gone = tmp_path / "inference/groq.md", tmp_path / "inference/gone.md"
    page.write_text(f"stale\n{OURS_END}\nAsk for a larger quota.\n")
    gone.write_text(f"stale\n{OURS_END}\nThey closed.\n")
    (tmp_path / "inference/empty.md").write_text(f"stale\n{OURS_END}")
    assert write() == 1  # the notes of a provider that is gone are for somebody to move
    assert page.read_text().endswith(f"{OURS_END}\nAsk for a larger quota.\n")
    assert page.read_text().startswith("<!-- Written by `make docs`")
    assert gone.exists()
    assert not (tmp_path / "inference/empty.md").exists()


@pytest.mark.parametrize("spec", [s for rows in our_specs().values() for s in rows], ids=lambda s: s.provider_type)
def test_the_entry_on_a_page_is_a_run_config_without_mistakes(spec: ProviderSpec) -> None:
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", page_of(spec).read_text(), re.MULTILINE | re.DOTALL)
    config = load_text(shown, name="page", env={})
    assert [entry.provider_type for rows in config.providers.values() for entry in rows] == [spec.provider_type]


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_links_to_what_is_there(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text())
    links = [link for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", text) if not (page.parent / link).exists()]
    assert links == []
