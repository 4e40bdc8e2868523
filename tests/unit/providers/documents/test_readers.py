"""What each reader keeps of a document's structure."""

import io
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import UnavailableError
from llama_stack.providers.utils.documents.block import Block, Document, Source
from llama_stack.providers.utils.documents.formats import FORMATS, sniffed
from tests.support.documents import pdf


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def of(name: str, content: bytes | str) -> Document:
        (path := tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        found = sniffed(path, name).read(Source(path, name))
        return Document(list(found.blocks), found.facts)

    return of


def shown(document: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(block.kind, block.text, block.headings) for block in document.blocks]


MARKDOWN = """\
---
title: "The title"
---

Before.

# One

A paragraph
of two lines.

```sh
# no heading

- no list
```

Two
---

- first
- second

### Three ###

| a | b |
|---|---|
| 1 | 2 |
"""


def test_markdown(read: Any) -> None:
    document = read("a.md", MARKDOWN)
    assert document.facts["title"] == "The title"
    assert shown(document)[1:] == [
        ("text", "Before.", ()),
        ("heading", "# One", ("One",)),
        ("text", "A paragraph\nof two lines.", ("One",)),
        ("code", "```sh\n# no heading\n\n- no list\n```", ("One",)),
        ("heading", "Two\n---", ("One", "Two")),
        ("list", "- first\n- second", ("One", "Two")),
        ("heading", "### Three ###", ("One", "Two", "Three")),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |", ("One", "Two", "Three")),
    ]


HTML = """\
<!DOCTYPE html><html><head><title> A
title </title></head><body>
<nav><a href=/>Home</a></nav>
Loose <b>bo</b>ld<br>next
<div><h1>One <small>small</small></h1><p>Para<a href=x>graph</a>.</p></div>
<ul><li>first<ul><li>inner</li></ul></li><li>second</li></ul>
<h2>Two</h2>
<table><tr><th>City</th><th>Days</th></tr><tr><td>Oslo</td><td>3</td></tr></table>
<pre>def f():
    pass</pre>
<script>alert(1)</script><!-- unseen -->
</body></html>"""


def test_html(read: Any) -> None:
    document = read("a.html", HTML)
    assert document.facts == {"title": "A title"}
    assert shown(document) == [
        ("text", "Loose bold\nnext", ()),
        ("heading", "One small", ("One small",)),
        ("text", "Paragraph.", ("One small",)),
        ("list", "- first\n  - inner\n- second", ("One small",)),
        ("heading", "Two", ("One small", "Two")),
        ("table", "City | Days\nOslo | 3", ("One small", "Two")),
        ("code", "def f():\n    pass", ("One small", "Two")),
    ]


def test_the_encoding_that_a_page_declares_is_followed(read: Any) -> None:
    page = '<html><head><meta charset="iso-8859-2"></head><body><p>Łódź</p></body></html>'
    assert [block.text for block in read("a.html", page.encode("iso-8859-2")).blocks] == ["Łódź"]


@pytest.mark.parametrize(
    ("name", "content", "lines"),
    [
        ("a.csv", "City,Days\nOslo,3\nBern,\n", ["City | Days", "City: Oslo | Days: 3", "City: Bern"]),
        ("a.tsv", "City\tDays\nOslo\t3\n", ["City | Days", "City: Oslo | Days: 3"]),
        ("a.csv", '"a, b";c\n"x ""y""";z\n', ["a, b | c", 'a, b: x "y" | c: z']),
        ("numbers.csv", "1,2\n3,4\n", ["1 | 2", "3 | 4"]),
        ("wide.csv", "a,b\n1,2,3\n", ["a | b", "a: 1 | b: 2 | 3"]),
    ],
)
def test_tables_of_text(read: Any, name: str, content: str, lines: list[str]) -> None:
    assert [block.text.split("\n") for block in read(name, content).blocks] == [lines]


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        ("a.json", '{"a": {"b": [1, 2], "c": null}, "d": [{"e": "x"}, true]}', ["a.b: 1, 2\nd[0].e: x\nd[1]: true"]),
        ("a.json", '[{"a": 1}, {"a": "é"}]', ["a: 1", "a: é"]),
        ("a.json", '"only a text"', ["only a text"]),
        ("a.json", '{"a": 1.10, "b": 3.14159265358979323846264338}', ["a: 1.10\nb: 3.14159265358979323846264338"]),
        ("a.jsonl", '{"a": 1}\n\n{"a": 2}\n', ["a: 1", "a: 2"]),
    ],
)
def test_json(read: Any, name: str, content: str, texts: list[str]) -> None:
    assert [block.text for block in read(name, content).blocks] == texts


def test_the_bookmarks_of_a_pdf_are_headings(read: Any) -> None:
    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(PdfReader(io.BytesIO(pdf("Cover.", "Begin.", "Go on.", "End.")))), io.BytesIO()
    part = writer.add_outline_item(title="Part one", page_number=1)
    writer.add_outline_item(title="Chapter one", page_number=1, parent=part)
    writer.add_outline_item(title="Part two", page_number=3)
    writer.add_metadata({"/Title": "The title", "/Author": "Nobody"})
    writer.write(out)
    document = read("a.pdf", out.getvalue())
    assert document.facts == {"page_count": 4, "title": "The title", "author": "Nobody"}
    assert [(block.number, block.headings) for block in document.blocks] == [
        (1, ()),
        (2, ("Part one", "Chapter one")),
        (3, ("Part one", "Chapter one")),
        (4, ("Part two",)),
    ]


def test_a_word_document(read: Any) -> None:
    import docx

    word, out = docx.Document(), io.BytesIO()
    word.add_heading("The title", 0)
    word.add_heading("One", 1)
    word.add_heading("Two", 2)
    for text in ("first", "second"):
        word.add_paragraph(text, style="List Number")
    table = word.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "merged"
    table.cell(1, 0).text, table.cell(1, 1).text = "a", "b"
    word.save(out)
    assert shown(read("a.docx", out.getvalue())) == [
        ("heading", "The title", ("The title",)),
        ("heading", "One", ("The title", "One")),
        ("heading", "Two", ("The title", "One", "Two")),
        ("list", "- first\n- second", ("The title", "One", "Two")),
        ("table", "merged\na | b", ("The title", "One", "Two")),
    ]


def test_a_workbook(read: Any) -> None:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for row in [
        ["When", "How much", "Sure"],
        [date(2026, 1, 2), 0.1 + 0.2, True],
        [datetime(2026, 1, 2, 3, 4), 5, None],
    ]:
        book.active.append(row)
    book.create_sheet("Second")["C4"] = "alone"
    book.save(out)
    document = read("a.xlsx", out.getvalue())
    assert document.facts == {"sheet_count": 2}
    assert list(document.blocks) == [
        Block(
            "When | How much | Sure\nWhen: 2026-01-02 | How much: 0.3 | Sure: True\n"
            "When: 2026-01-02 03:04:00 | How much: 5",
            "table",
            ("Sheet",),
            "sheet",
            "Sheet",
        ),
        Block(" |  | alone", "table", ("Second",), "sheet", "Second"),
    ]


def test_slides_with_groups(read: Any) -> None:
    from pptx import Presentation
    from pptx.util import Inches

    deck, out = Presentation(), io.BytesIO()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Title"
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "in a group"
    table = slide.shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
    deck.save(out)
    document = read("a.pptx", out.getvalue())
    assert document.facts == {"slide_count": 1}
    assert shown(document) == [
        ("heading", "Title", ("Title",)),
        ("text", "in a group", ("Title",)),
        ("table", "a | b", ("Title",)),
    ]


def test_source_code_stays_as_it_is(read: Any) -> None:
    code = "class A:\r\n\r\n\r\n    def f(self): ...  \r\n"
    assert [(b.kind, b.text) for b in read("a.py", code).blocks] == [("code", "class A:\n\n\n    def f(self): ...\n")]


def test_a_missing_library_is_told_with_the_line_to_type(tmp_path: Path) -> None:
    lacking = replace(FORMATS["pdf"], requires=("pypdf", "a_module_nobody_has"))
    with pytest.raises(UnavailableError, match=r"needs a_module_nobody_has: pip install 'llama-stack\[documents\]'"):
        lacking.read(Source(tmp_path / "a.pdf", "a.pdf"))


def test_no_text_is_lost_however_deep_it_is_nested(read: Any) -> None:
    for tag in ("div", "span", "ul><li"):
        close = "".join(f"</{each}>" for each in reversed(tag.split("><")))
        page = f"<html><body>Begin<{tag}>{f'<{tag}>' * 600}deep{close * 601}<p>after</p></body></html>"
        text = " ".join(block.text for block in read("a.html", page).blocks)
        assert [word for word in ("Begin", "deep", "after") if word not in text] == []


def test_a_cell_may_be_long(read: Any) -> None:
    (block,) = read("a.csv", f'a,b\n"{"x" * 300_000}",2\n').blocks
    assert len(block.text) > 300_000
