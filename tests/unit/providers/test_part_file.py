"""Files that are being received: what a sweep takes for garbage, and what not."""

import errno
import os
import time
from pathlib import Path

import pytest

from llama_stack.providers.utils.files.part_file import PartFile, remove_abandoned

pytestmark = pytest.mark.anyio


async def test_what_is_being_written_is_left_alone_and_what_nobody_writes_goes(tmp_path: Path) -> None:
    part = await PartFile.create(tmp_path)
    (tmp_path / "upload-dead.part").write_bytes(b"x")
    (tmp_path / "else").write_bytes(b"x")
    assert remove_abandoned(tmp_path) == 1
    assert names(tmp_path) == {part.path.name, "else"}
    part.discard()
    part.discard()
    assert names(tmp_path) == {"else"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_where_there_are_no_locks_age_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unsupported)
    part = await PartFile.create(tmp_path)
    assert remove_abandoned(tmp_path) == 0
    yesterday = time.time() - 25 * 3600
    os.utime(part.path, (yesterday, yesterday))
    assert remove_abandoned(tmp_path) == 1
    part.discard()
