"""The guides on extending the stack, followed to the letter."""

import shutil
from itertools import takewhile
from pathlib import Path

import pytest

from tests.house.modules import ROOT
from tests.support.guides import Reader, blocks


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_a_package_with_a_provider(reader: Reader) -> None:
    before = list(takewhile(lambda block: "new provider" not in block[1], blocks("add-a-provider.md")))
    for language, text in list(blocks("add-a-provider.md"))[len(before) :]:
        reader.follow(language, text)
    assert "3 passed" in reader.said
    assert "remote::acme" in reader.said
    assert "serves acme at" in reader.said
    assert "parrot.yaml: no mistakes; 1 provider" in reader.said


def test_a_row_in_this_repository(reader: Reader) -> None:
    checkout = reader.folder
    for name in ("src", "scripts"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "make").write_text('#!/bin/sh\n[ "$1" = docs ] && exec python -m scripts.docs\n')
    (checkout / "make").chmod(0o755)
    reader.env |= {"PYTHONPATH": str(checkout / "src"), "PATH": f"{checkout}:{reader.env['PATH']}"}
    (_, row), (_, commands) = list(blocks("add-a-provider.md"))[:2]
    path, _, code = row.removeprefix("# ").partition("\n")
    text = (checkout / path).read_text()
    assert text.endswith("\n)\n")
    (checkout / path).write_text(text.removesuffix(")\n") + code + ")\n")
    reader.follow("sh", commands)
    assert "remote::acme" in reader.said
    assert (checkout / "docs/providers/inference/acme.md").read_text().splitlines()[2] == "# Acme Cloud"


@pytest.mark.parametrize(
    ("guide", "said"),
    [
        ("add-an-api.md", ["What the weather will be.", "['almanac/Oslo', 'almanac/Rome']\nOslo: sun, for 3 days"]),
        (
            "custom-distributions.md",
            ["a distribution of your own", "mine/run.yaml: no mistakes; 2 providers", "serves mine at"],
        ),
    ],
)
def test_a_guide(guide: str, said: list[str], reader: Reader) -> None:
    for language, text in blocks(guide):
        reader.follow(language, text)
    for words in said:
        assert words in reader.said
