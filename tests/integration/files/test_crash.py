"""A process that is killed while it takes files in: what it has answered is there, and nothing else stays."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve
from llama_stack.providers.utils.files import table
from tests.house.modules import ROOT

pytestmark = pytest.mark.anyio

WRITER = """
import asyncio, hashlib, json, os, random, sys
from llama_stack.apis.transfer import Upload
from llama_stack.core.stack import LlamaStack
from llama_stack.distributions import resolve

async def write(files):
    while True:
        content = os.urandom(random.randrange(1, 3_000_000))
        file = await files.upload_file(Upload.of(content), "assistants")
        print(file.id, hashlib.sha256(content).hexdigest(), flush=True)
        if random.random() < 0.2:
            print("deleting", file.id, flush=True)
            await files.delete_file(file.id)

async def main():
    async with LlamaStack(resolve(json.loads(sys.argv[1]), {})) as stack:
        await asyncio.gather(*(write(stack.apis["files"]) for _ in range(4)))

asyncio.run(main())
"""


def config(folder: Path) -> dict[str, Any]:
    entry = {"provider_id": "files", "provider_type": "inline::localfs", "config": {"storage_dir": str(folder)}}
    backends = {
        "kv_default": {"type": "kv_memory"},
        "sql_default": {"type": "sql_sqlite", "db_path": str(folder / "files.db")},
    }
    return {"version": 2, "providers": {"files": [entry]}, "storage": {"backends": backends}}


def killed_after(answers: int, folder: Path) -> tuple[dict[str, str], set[str]]:
    """What a process that was killed had said: the checksums of the files it took in, and what it was deleting."""
    command = [sys.executable, "-c", WRITER, json.dumps(config(folder))]
    kept, deleting = {}, set()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            first, second = line.split()
            if first == "deleting":
                deleting.add(second)
            else:
                kept[first] = second
            if len(kept) == answers:
                process.kill()
                break
        kept |= dict(line.split() for line in process.stdout.read().splitlines() if line.startswith("file-"))
    return kept, deleting


async def test_what_was_answered_is_there_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_UNFINISHED_SECONDS", -1)  # the dead process's uploads are abandoned now
    kept: dict[str, str] = {}
    deleting: set[str] = set()
    for answers in (1, 7, 30):
        more, gone = killed_after(answers, tmp_path)
        kept, deleting = kept | more, deleting | gone
    async with LlamaStack(resolve(config(tmp_path), {})) as stack:
        files = stack.apis["files"]
        there = {file.id for file in (await files.list_files()).data}
        assert kept.keys() - deleting <= there
        for file_id in there & kept.keys():
            content = await (await files.get_file_content(file_id)).read()
            assert hashlib.sha256(content).hexdigest() == kept[file_id]
        (provider,) = stack.configured
        await provider.impl.sweep()
    assert on_disk(tmp_path) == there


def on_disk(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and not path.name.startswith("files.db")}
