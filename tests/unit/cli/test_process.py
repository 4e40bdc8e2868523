"""`llama stack process`: the chunks of a document, as a table or as JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.support.documents import pdf

Llama = Callable[..., Result]


@pytest.fixture
def report(tmp_path: Path) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf("First page.", "Second page."))
    return str(path)


def test_a_document_is_shown_as_a_table(llama: Llama, report: str) -> None:
    assert llama("stack", "process", report).output == (
        "report.pdf: pdf, 2 pages, 1 chunk\n"
        "CHUNK  TOKENS  WHERE      BEGINS\n"
        "1      6       pages 1-2  First page. Second page.\n"
    )


def test_chunks_may_be_shorter(llama: Llama, tmp_path: Path) -> None:
    text = tmp_path / "long.md"
    text.write_text("# Long\n\n" + "A sentence of several words. " * 100)
    answer = json.loads(llama("stack", "process", str(text), "--size", "100", "--overlap", "0", "--json").output)
    assert len(answer["chunks"]) > 5
    assert all(chunk["chunk_metadata"]["content_token_count"] <= 100 for chunk in answer["chunks"])
    assert {*answer["chunks"][-1]["metadata"]} == {"filename", "headings"}


def test_a_document_may_stay_whole(llama: Llama, report: str) -> None:
    assert len(json.loads(llama("stack", "process", report, "--whole", "--json").output)["chunks"]) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--whole", "--size", "200"], "--whole makes one chunk"),
        (["-o", "password"], "write it as NAME=VALUE"),
        (["-o", "ocr=yes"], "ocr"),
        (["--size", "10"], "greater than or equal to 100"),
    ],
)
def test_a_mistake_is_told(llama: Llama, report: str, words: list[str], says: str) -> None:
    told = llama("stack", "process", report, *words)
    assert told.exit_code != 0
    assert says in told.output
    assert "Traceback" not in told.output
