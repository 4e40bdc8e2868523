"""How fast files become searchable, end to end, beside the embedding engine alone on the same chunks.

Run it: python -m benchmarks.ingestion                 10 MB
        python -m benchmarks.ingestion --megabytes 2

The corpus is the source of this Python's own library, prose and code, cut into files of 100 KB with a fixed seed. One
process takes it in through the library: upload, job, processing, embedding, index, all on disk. The limit is the model
alone, given the same chunks in the same batches.
"""

import argparse
import asyncio
import json
import os
import pkgutil
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from llama_stack import AsyncLlamaStackAsLibraryClient

__all__ = ("Figures", "measured")

_FILE_BYTES = 100_000
_SHARD = 256  # as the ingestion has it


@dataclass(frozen=True)
class Figures:
    """Of one run."""

    megabytes: float
    files: int
    chunks: int
    end_to_end_seconds: float
    end_to_end_cpu_seconds: float
    model_alone_seconds: float
    model_alone_cpu_seconds: float

    @property
    def share(self) -> float:
        """Of the CPU time, what the model alone needs: 1 would be a pipeline that costs nothing."""
        return self.model_alone_cpu_seconds / self.end_to_end_cpu_seconds


def corpus(megabytes: float) -> list[bytes]:
    """Files of English and of code, the same on every run of one Python."""
    texts = sorted(text for text in map(_source, pkgutil.iter_modules([os.path.dirname(os.__file__)])) if text)
    chance, files = random.Random(20261126), list[bytes]()
    while sum(map(len, files)) < megabytes * 1e6:
        text = chance.choice(texts)
        at = chance.randrange(max(1, len(text) - _FILE_BYTES))
        files.append(text[at : at + _FILE_BYTES].encode())
    return files


def _source(module: Any) -> str:
    spec = find_spec(module.name) if not module.ispkg else None
    path = Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None
    return path.read_text(errors="ignore") if path and path.stat().st_size > 20_000 else ""


def config(folder: Path) -> dict[str, Any]:
    providers = {
        "inference": ("inline::static-embedding", {}),
        "files": ("inline::localfs", {"storage_dir": str(folder / "files")}),
        "file_processors": ("inline::auto", {}),
        "vector_io": ("inline::sqlite", {"db_path": str(folder / "vectors.db")}),
    }
    return {
        "version": 2,
        "providers": {
            api: [{"provider_id": kind.partition("::")[2], "provider_type": kind, "config": settings}]
            for api, (kind, settings) in providers.items()
        },
        "storage": {
            "backends": {
                "kv": {"type": "kv_sqlite", "db_path": str(folder / "kv.db")},
                "sql": {"type": "sql_sqlite", "db_path": str(folder / "sql.db")},
            }
        },
    }


async def measured(megabytes: float) -> Figures:
    """Take a corpus in, then give its chunks to the model alone."""
    files = corpus(megabytes)
    with tempfile.TemporaryDirectory(prefix="ingestion-") as folder:
        async with await AsyncLlamaStackAsLibraryClient.create(config(Path(folder)), env={}) as client:
            await _warm_up(client)
            wall, cpu = time.perf_counter(), time.process_time()
            store = await _take_in(client, files)
            whole = time.perf_counter() - wall, time.process_time() - cpu
            chunks = await _chunks(client, store.id)
            wall, cpu = time.perf_counter(), time.process_time()
            for at in range(0, len(chunks), _SHARD):
                await client.inference.post_embeddings(
                    model=store.embedding_model, input=chunks[at : at + _SHARD], encoding_format="base64"
                )
            alone = time.perf_counter() - wall, time.process_time() - cpu
    return Figures(sum(map(len, files)) / 1e6, len(files), len(chunks), *whole, *alone)


async def _warm_up(client: Any) -> None:
    """What is loaded at first use is no part of the rate."""
    store = await _take_in(client, [b"warm up"])
    await client.vector_stores.delete_vector_store(store.id)


async def _take_in(client: Any, files: list[bytes]) -> Any:
    ids = [
        (await client.files.upload_file(file=(f"{n}.txt", content), purpose="assistants")).id
        for n, content in enumerate(files)
    ]
    store = await client.vector_stores.create_vector_store(name="corpus")
    await client.vector_stores.create_vector_store_file_batch(store.id, file_ids=ids)
    while (store := await client.vector_stores.get_vector_store(store.id)).status == "in_progress":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    if store.file_counts.completed != len(files):
        raise SystemExit(f"only {store.file_counts} of {len(files)} files are in")
    return store


async def _chunks(client: Any, store_id: str) -> list[str]:
    texts: list[str] = []
    after = None
    while True:
        page = await client.vector_stores.list_vector_store_files(store_id, limit=100, after=after)
        for file in page.data:
            content = await client.vector_stores.get_vector_store_file_content(store_id, file.id)
            texts += [part.text for part in content.data]
        if not page.has_more:
            return texts
        after = page.last_id


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=10)
    parser.add_argument("--json", type=Path, help="write the figures there")
    asked = parser.parse_args()
    figures = asyncio.run(measured(asked.megabytes))
    print(f"{figures.megabytes:.1f} MB in {figures.files} files, {figures.chunks} chunks")
    for name, seconds, cpu in (
        ("end to end", figures.end_to_end_seconds, figures.end_to_end_cpu_seconds),
        ("the model alone", figures.model_alone_seconds, figures.model_alone_cpu_seconds),
    ):
        print(f"{name:16} {figures.megabytes / seconds:6.2f} MB/s  {seconds:7.2f} s  {cpu:7.2f} s of CPU")
    print(f"the model's share of the CPU time: {figures.share:.0%}")
    if asked.json:
        asked.json.write_text(json.dumps(asdict(figures) | {"share": figures.share}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
