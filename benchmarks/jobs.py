"""What a job costs: submitted, run, checkpointed, and waited for, in an SQLite file here.

python -m benchmarks.jobs [FOLDER]
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from llama_stack.core.jobs import JobRun, Jobs
from llama_stack.core.storage.config import StorageConfig
from llama_stack.core.storage.sqlstore import open_sql

JOBS = 200
IDLE_SECONDS = 10


@contextmanager
def told(what: str, units: float) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    each = [(now - then) * 1000 / units for now, then in ((time.perf_counter(), wall), (time.process_time(), cpu))]
    print(f"{what}: {each[0]:.2f} ms, of CPU {each[1]:.2f} ms")


async def measure(file: Path) -> None:
    config = StorageConfig.model_validate({"backends": {"here": {"type": "sql_sqlite", "db_path": file}}})
    async with open_sql(config) as sql, Jobs(sql) as jobs:

        async def brief(run: JobRun) -> None:
            await run.checkpoint({"step": 1})

        async def long(run: JobRun) -> None:
            for step in range(JOBS):
                await run.checkpoint({"step": step})

        jobs.handle("brief", brief)
        jobs.handle("long", long)
        with told("a job submitted", JOBS):
            last = [await jobs.submit("brief", {}) for _ in range(JOBS)][-1]
        with told("a job that waited, run with one checkpoint", JOBS):
            jobs.start()
            await jobs.wait(last.id)
        with told("a checkpoint", JOBS):
            await jobs.wait((await jobs.submit("long", {})).id)
        with told("a job submitted, run and seen to have ended", 1):
            await jobs.wait((await jobs.submit("brief", {})).id)
        with told("a second without jobs", IDLE_SECONDS):
            await asyncio.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        asyncio.run(measure(Path(folder) / "jobs.db"))
