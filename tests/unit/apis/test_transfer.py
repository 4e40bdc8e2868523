"""Files as Python callers give and take them."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError
from llama_stack.apis.transfer import Download, Upload, base_name, read_file

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("content", [b"hello", bytearray(b"hello"), memoryview(b"hello"), io.BytesIO(b"hello")])
async def test_what_is_given_is_read(content: Any) -> None:
    upload = Upload.of(("a.txt", content, "text/plain"))
    assert (upload.filename, upload.content_type, upload.size, upload.path) == ("a.txt", "text/plain", 5, None)
    assert await upload.read() == b"hello"


async def test_pieces_of_unknown_number_are_a_file_too() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"hel"
        yield b"lo"

    upload = Upload.of(("a.txt", pieces()))
    assert (upload.size, await upload.read()) == (None, b"hello")


async def test_a_file_is_read_from_where_it_stands() -> None:
    file = io.BytesIO(b"hello")
    file.seek(3)
    upload = Upload.of(file)
    assert (upload.size, await upload.read()) == (2, b"lo")


async def test_a_path_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    upload = Upload.of(path)
    assert (upload.filename, upload.size, upload.path) == ("a.txt", 5, path)
    assert [await upload.read() for _ in range(2)] == [b"hello", b"hello"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a.txt", "for a path, say Path"),
        (5, "not as int"),
        (Path("/nowhere/a.txt"), "cannot be read: No such file"),
        (Path("/"), "is a folder"),
    ],
)
def test_what_is_no_file_is_refused(content: Any, said: str) -> None:
    with pytest.raises(BadRequestError, match=said):
        Upload.of(content)


async def test_a_file_of_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequestError, match=r"open it to read bytes"):
        await Upload.of(io.StringIO("hello")).read()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("a/b\\c.txt", "c.txt"), ("", "upload"), ("..", "upload"), ("a\nb\x00\x85c", "abc"), ("\ud83d.txt", "?.txt")],
)
def test_a_base_name_is_one(given: str, kept: str) -> None:
    assert base_name(given) == kept


async def test_a_part_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    assert b"".join([piece async for piece in read_file(path, 10, 20)]) == bytes(range(10, 20))
    assert b"".join([piece async for piece in read_file(path, 90, 500)]) == bytes(range(90, 100))


def handed_out(content: bytes, filename: str = "a.txt", broken: bool = False) -> Download:
    async def part(start: int, stop: int) -> AsyncIterator[bytes]:
        yield content[start:stop]
        if broken:
            raise ConnectionError("it broke off")

    return Download(part, len(content), filename=filename)


async def test_a_download_is_read_and_saved(tmp_path: Path) -> None:
    download = handed_out(b"hello", "../a.txt")
    assert await download.read() == b"hello"
    assert await download.save_to(tmp_path) == tmp_path / "a.txt"
    assert await download.save_to(tmp_path / "other") == tmp_path / "other"
    assert contents(tmp_path) == {"a.txt": b"hello", "other": b"hello"}


async def test_what_is_saved_is_whole_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"before")
    with pytest.raises(ConnectionError):
        await handed_out(b"hello", broken=True).save_to(tmp_path)
    assert contents(tmp_path) == {"a.txt": b"before"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
