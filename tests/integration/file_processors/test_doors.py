"""A document becomes the same chunks whichever way it comes, and is found again in a vector store."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import DOCUMENTS, LETTER, pdf
from tests.support.doors import DOORS, Door, RefusedError, open_door
from tests.support.serving import Served, served_in_thread

pytestmark = pytest.mark.anyio

PROVIDERS = {
    "inference": ["inline::static-embedding", "inline::echo"],
    "files": ["inline::localfs"],
    "file_processors": ["inline::auto"],
    "vector_io": ["inline::sqlite"],
}
OURS = [name for name in DOORS if not name.startswith("openai")]  # OpenAI's SDK knows no processors
REPORT = ("report.docx", DOCUMENTS["report.docx"]())


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    providers = {
        api: [{"provider_id": kind.partition("::")[2], "provider_type": kind} for kind in kinds]
        for api, kinds in PROVIDERS.items()
    }
    return {"version": 2, "providers": providers, "jobs": {"poll_seconds": 0.05}}


@pytest.fixture(scope="module")
def front(config: dict[str, Any]) -> Iterator[Served]:
    with served_in_thread(config) as server:
        yield server


@pytest.fixture(params=OURS)
async def door(request: pytest.FixtureRequest, config: dict[str, Any], front: Served) -> AsyncIterator[Door]:
    async with open_door(request.param, config, front.url) as opened:
        yield opened


async def test_a_file_that_is_handed_in(door: Door) -> None:
    answer = await door("process_file", file=REPORT, chunking_strategy={"type": "auto"})
    (chunk,) = answer.chunks
    assert LETTER in chunk.content
    assert chunk.metadata == {"filename": "report.docx", "headings": ["Traffic report"]}
    assert chunk.chunk_metadata.document_id.startswith("doc-")


async def test_a_path(door: Door, tmp_path: Path) -> None:
    (path := tmp_path / "report.pdf").write_bytes(pdf(LETTER))
    assert (await door("process_file", file=path)).metadata["page_count"] == 1
    assert path.exists()


async def test_an_uploaded_file(door: Door) -> None:
    file = await door("upload_file", file=REPORT, purpose="assistants")
    answer = await door("process_file", file_id=file.id)
    assert answer.chunks[0].metadata["file_id"] == answer.chunks[0].chunk_metadata.document_id == file.id


async def test_a_model_writes_the_context(door: Door) -> None:
    strategy = {
        "type": "contextual",
        "contextual": {"model_id": "echo/echo", "context_prompt": "in: {{CHUNK_CONTENT}}"},
    }
    answer = await door("process_file", file=("a.txt", b"words"), chunking_strategy=strategy)
    assert answer.chunks[0].content == "in: words\n\nwords"


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({}, 400, "give either file or file_id"),
        ({"file": REPORT, "file_id": "file-1"}, 400, "give either file or file_id"),
        ({"file_id": "file-nowhere"}, 404, "file-nowhere"),
        ({"file": ("a.png", b"\x89PNG")}, 400, "a.png is an image"),
        ({"file": REPORT, "options": {"ocr": True}}, 400, "ocr"),
        ({"file": REPORT, "chunking_strategy": {"type": "contextual", "contextual": {}}}, 400, "needs a chat model"),
    ],
)
async def test_what_is_refused(door: Door, fields: Any, status: int, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        await door("process_file", **fields)
    assert caught.value.status == status
    assert says in caught.value.message


async def test_a_document_is_found_in_a_vector_store(config: dict[str, Any], front: Served) -> None:
    async with open_door("openai", config, front.url) as door:
        pages = pdf("Cats eat mice.", LETTER, "Cheese ripens in a cellar.")
        file = await door("upload_file", file=("report.pdf", pages), purpose="assistants")
        store = await door("create_vector_store", name="s", file_ids=[file.id])
        async with asyncio.timeout(20):
            while (store := await door("get_vector_store", vector_store_id=store.id)).file_counts.completed == 0:
                assert store.file_counts.failed == 0
                await asyncio.sleep(0.05)
        found = await door("search_vector_store", vector_store_id=store.id, query="Is the bridge open?")
    assert LETTER in found.data[0].content[0].text
    assert found.data[0].filename == "report.pdf"
