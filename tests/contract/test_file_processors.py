"""What every processor of files does with every format it takes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.apis.file_processors import FileProcessors
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from tests.support.documents import DOCUMENTS, LETTER, pdf, zipped

pytestmark = pytest.mark.anyio

TAKEN = {"inline::auto": list(DOCUMENTS), "inline::pypdf": ["report.pdf"], "inline::markitdown": list(DOCUMENTS)}
PAIRS = [(kind, name) for kind, names in TAKEN.items() for name in names]
SMALL = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 0}}

# Where the letter stands in each format that has such places; markitdown knows headings and titles alone.
PLACES: dict[str, dict[str, Any]] = {
    "report.md": {"headings": ["Traffic report"]},
    "report.html": {"headings": ["Traffic report"], "title": "Traffic report"},
    "report.pdf": {"page": 1, "last_page": 2},
    "report.docx": {"headings": ["Traffic report"]},
    "report.pptx": {"headings": ["Traffic report"], "slide": 1},
    "report.xlsx": {"headings": ["Closures"], "sheet": "Closures"},
    "report.epub": {"headings": ["Traffic report"], "chapter": 1, "title": "A book"},
}


async def opened(kind: str, **config: Any) -> AsyncIterator[FileProcessors]:
    entry = {"provider_id": "p", "provider_type": kind, "config": config}
    files = {"provider_id": "f", "provider_type": "inline::localfs"}
    providers = {"file_processors": [entry], "files": [files]}
    async with LlamaStack(resolve({"version": 2, "providers": providers}, {})) as stack:
        yield stack.file_processors


@pytest.fixture
async def processors(request: pytest.FixtureRequest) -> AsyncIterator[FileProcessors]:
    async for found in opened(request.param):
        yield found


@pytest.fixture
async def auto() -> AsyncIterator[FileProcessors]:
    async for found in opened("inline::auto", max_unpacked_bytes=1 << 20, max_file_bytes=1 << 20):
        yield found


@pytest.mark.parametrize(("processors", "name"), PAIRS, indirect=["processors"])
@pytest.mark.parametrize("strategy", [None, {"type": "auto"}, SMALL], ids=["whole", "auto", "static"])
async def test_a_document_becomes_chunks(processors: FileProcessors, name: str, strategy: Any) -> None:
    answer = await processors.process_file(file=(name, DOCUMENTS[name]()), chunking_strategy=strategy)
    (chunk,) = answer.chunks
    assert LETTER in str(chunk.content)
    if answer.metadata["processor"] != "inline::markitdown":
        assert chunk.metadata == {"filename": name, **PLACES.get(name, {})}
    assert chunk.chunk_id == chunk.chunk_metadata.chunk_id
    assert chunk.chunk_metadata.chunk_tokenizer == "cl100k_base"
    assert answer.metadata["format"]
    assert answer.metadata["processing_time_ms"] >= 0


@pytest.mark.parametrize(("processors", "name"), PAIRS, indirect=["processors"])
async def test_the_same_document_has_the_same_chunks_each_time(processors: FileProcessors, name: str) -> None:
    content = DOCUMENTS[name]()
    once, again = [(await processors.process_file(file=(name, content))).chunks for _ in range(2)]
    assert once == again


@pytest.mark.parametrize("processors", TAKEN, indirect=True)
@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("empty.pdf", b"", "invalid_file", "is empty"),
        ("broken.pdf", pdf("one page")[:300], "invalid_file", "(?i)cannot be read as PDF"),
        ("scan.pdf", pdf("", ""), "invalid_file", "no text"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "unsupported_file", "is an image"),
    ],
)
async def test_what_has_no_text_is_refused(
    processors: FileProcessors, name: str, content: bytes, code: str, says: str
) -> None:
    with pytest.raises(BadRequestError, match=says) as caught:
        await processors.process_file(file=(name, content))
    assert caught.value.code == code


BOMB = zipped({"word/document.xml": bytes(2 << 20)})
LAUGHS = zipped(
    {
        "word/document.xml": '<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><d>&b;</d>',
        "[Content_Types].xml": "<Types/>",
    }
)


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("blank.txt", b" \n\t\n", "invalid_file", "is empty"),
        ("junk.txt", bytes(range(256)) * 8, "invalid_file", "is not text"),
        ("junk.docx", b"plain words", "invalid_file", "is called docx, but it is none"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unsupported_file", "an old Office"),
        ("things.zip", zipped({"a.txt": "a"}), "unsupported_file", "unpack it first"),
        ("half.docx", DOCUMENTS["report.docx"]()[:2000], "invalid_file", "is damaged"),
        ("hollow.docx", zipped({"word/document.xml": "<a/>"}), "invalid_file", "cannot be read as docx"),
        ("hollow.xlsx", zipped({"xl/workbook.xml": "<a/>"}), "invalid_file", "cannot be read as xlsx"),
        ("hollow.pptx", zipped({"ppt/presentation.xml": "<a/>"}), "invalid_file", "cannot be read as pptx"),
        ("hollow.epub", zipped({"META-INF/container.xml": "<a/>"}), "invalid_file", "cannot be read as epub"),
        ("bomb.docx", BOMB, "invalid_file", "unpacks to 2,097,152 bytes"),
        ("laughs.docx", LAUGHS, "invalid_file", "defines entities in word/document.xml"),
        ("broken.json", b'{"a": ', "invalid_file", "is no JSON"),
        ("broken.jsonl", b'{"a": 1}\n{"a": ', "invalid_file", "is no JSON: record 2"),
        ("large.txt", b"word " * 300_000, "invalid_file", "larger than max_file_bytes"),
        ("tags.html", b"<html><body><script>x</script></body></html>", "invalid_file", "has no text"),
    ],
)
async def test_what_cannot_be_read_is_refused(
    auto: FileProcessors, name: str, content: bytes, code: str, says: str
) -> None:
    with pytest.raises(BadRequestError, match=says) as caught:
        await auto.process_file(file=(name, content))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "name", ["report.pdf", "report.docx", "report.xlsx", "report.pptx", "report.epub", "report.html"]
)
async def test_a_wrong_name_does_not_mislead(auto: FileProcessors, name: str) -> None:
    answer = await auto.process_file(file=("report.txt", DOCUMENTS[name]()))
    assert answer.metadata["format"] == name.partition(".")[2]
    assert LETTER in str(answer.chunks[0].content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
async def test_a_text_is_read_in_its_encoding(auto: FileProcessors, encoding: str) -> None:
    answer = await auto.process_file(file=("letter.txt", LETTER.encode(encoding)))
    assert answer.chunks[0].content == LETTER
    assert answer.metadata["encoding"] == encoding


async def test_a_caller_may_say_the_encoding(auto: FileProcessors) -> None:
    content = ("letter.txt", "Привет, мост закрыт.".encode("koi8-r"))
    answer = await auto.process_file(file=content, options={"encoding": "koi8-r"})
    assert answer.chunks[0].content == "Привет, мост закрыт."


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ocr": True}, "ocr"),
        ({"encoding": "klingon"}, "no encoding 'klingon'"),
        ({"encoding": "ascii"}, "is not ascii"),
    ],
)
async def test_an_option_that_cannot_be_followed_is_refused(auto: FileProcessors, options: Any, says: str) -> None:
    with pytest.raises(BadRequestError, match=says) as caught:
        await auto.process_file(file=("letter.txt", LETTER.encode()), options=options)
    assert caught.value.param == "options"


async def test_an_encrypted_pdf_is_read_with_its_password(auto: FileProcessors) -> None:
    import io

    from pypdf import PdfReader, PdfWriter

    writer, out = PdfWriter(PdfReader(io.BytesIO(pdf(LETTER)))), io.BytesIO()
    writer.encrypt("sesame", algorithm="AES-256")
    writer.write(out)
    locked = ("locked.pdf", out.getvalue())
    with pytest.raises(BadRequestError, match="is encrypted: give its password"):
        await auto.process_file(file=locked)
    with pytest.raises(BadRequestError, match="is encrypted: its password is another"):
        await auto.process_file(file=locked, options={"password": "open"})
    answer = await auto.process_file(file=locked, options={"password": "sesame"})
    assert answer.chunks[0].content == LETTER


async def test_pypdf_refuses_what_is_no_pdf() -> None:
    async for processors in opened("inline::pypdf"):
        with pytest.raises(BadRequestError, match="inline::pypdf reads PDF alone"):
            await processors.process_file(file=("a.md", b"# A"))
