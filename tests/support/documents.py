"""Small documents of every format, all of which say the same."""

import io
import json
import zipfile
from collections.abc import Callable

__all__ = ("DOCUMENTS", "LETTER", "pdf", "zipped")

LETTER = "The bridge at Zürich is closed until Friday."
TITLE = "Traffic report"


def _text() -> bytes:
    return f"{TITLE}\n\n{LETTER}\n".encode()


def _markdown() -> bytes:
    return f"# {TITLE}\n\n{LETTER}\n".encode()


def _html() -> bytes:
    head = f"<!DOCTYPE html><html><head><title>{TITLE}</title><style>p {{}}</style></head>"
    return f"{head}<body><nav>Menu</nav><h1>{TITLE}</h1><p>{LETTER}</p><script>let x</script></body></html>".encode()


def pdf(*pages: str) -> bytes:
    """A PDF with one line of text on each page."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, text in enumerate(pages):
        shown = text.encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)")
        stream = b"BT /F1 12 Tf 72 720 Td (" + shown + b") Tj ET" if text else b""
        font = b"/Resources << /Font << /F1 3 0 R >> >>"
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] %s /Contents %d 0 R >>"
        parts.append(page % (font, 5 + 2 * number))
        parts.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return _with_table(parts)


def _with_table(parts: list[bytes]) -> bytes:
    out, places = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, io.SEEK_END)
    for number, part in enumerate(parts, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, table))
    return out.getvalue()


def _docx() -> bytes:
    import docx

    word = docx.Document()
    word.add_heading(TITLE, 1)
    word.add_paragraph(LETTER)
    word.add_paragraph("by car", style="List Bullet")
    table = word.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Detour", "9 km"
    return _saved(word)


def _pptx() -> bytes:
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = TITLE, LETTER
    slide.notes_slide.notes_text_frame.text = "Do not forget the detour."
    return _saved(deck)


def _xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Closures"
    for row in [("Where", "What", "Kilometres"), ("Zürich", LETTER, 9), ("Bern", "open", 1.5)]:
        sheet.append(row)
    book.create_sheet("Empty")
    return _saved(book)


def _csv() -> bytes:
    return f'Where;What;Kilometres\r\nZürich;"{LETTER}";9\r\n'.encode("utf-8-sig")


def _json() -> bytes:
    return json.dumps({"title": TITLE, "closures": [{"what": LETTER, "kilometres": 9}]}).encode()


def _jsonl() -> bytes:
    return b"\n".join(json.dumps({"what": what}).encode() for what in (LETTER, "open"))


def _epub() -> bytes:
    chapter = f"<?xml version='1.0'?><!DOCTYPE html><html><body><h1>{TITLE}</h1><p>{LETTER}</p></body></html>"
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="book/content.opf"/></rootfiles></container>',
            "book/content.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            "<metadata><dc:title>A book</dc:title></metadata>"
            '<manifest><item id="c" href="ch%201.xhtml"/></manifest><spine><itemref idref="c"/></spine></package>',
            "book/ch 1.xhtml": chapter,
        }
    )


def zipped(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def _saved(document: object) -> bytes:
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return out.getvalue()


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "report.txt": _text,
    "report.md": _markdown,
    "report.html": _html,
    "report.pdf": lambda: pdf(TITLE, LETTER),
    "report.docx": _docx,
    "report.pptx": _pptx,
    "report.xlsx": _xlsx,
    "report.csv": _csv,
    "report.json": _json,
    "report.jsonl": _jsonl,
    "report.epub": _epub,
    "report.py": lambda: f'def report():\n    return "{LETTER}"\n'.encode(),
}
