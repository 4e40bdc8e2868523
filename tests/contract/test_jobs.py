"""What jobs do on every SQL backend that may keep them. A backend joins by a row in `test_sqlstore.BACKENDS`."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, NotFoundError, UnavailableError
from llama_stack.core.jobs import JobRecord, JobRun, Jobs, LeaseLostError
from llama_stack.core.jobs.config import JobsConfig
from llama_stack.core.request_context import RequestContext, current
from llama_stack.core.storage.config import StorageConfig
from llama_stack.core.storage.sqlstore import SqlStore, Statement, UnmetError, open_sql
from tests.contract.test_sqlstore import BACKENDS, as_json
from tests.support.serving import until

pytestmark = pytest.mark.anyio

QUICK = JobsConfig(lease_seconds=0.6, poll_seconds=0.05)
shared = pytest.mark.parametrize("config", [name for name in BACKENDS if name != "sql_memory"], indirect=True)


@pytest.fixture(params=BACKENDS)
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StorageConfig]:
    async with BACKENDS[request.param](tmp_path) as fields:
        yield StorageConfig.model_validate({"backends": {"tables": {"type": request.param, **fields}}})


@pytest.fixture
async def sql(config: StorageConfig) -> AsyncIterator[SqlStore]:
    async with open_sql(config) as opened:
        yield opened


@pytest.fixture
async def jobs(sql: SqlStore) -> AsyncIterator[Jobs]:
    async with Jobs(sql, QUICK) as opened:
        yield opened


class Seen:
    """A handler that remembers what it was given."""

    def __init__(self, *errors: Exception | None) -> None:
        self.payloads: list[Any] = []
        self.attempts: list[int] = []
        self.ends: list[tuple[str, str | None]] = []
        self.errors = list(errors)

    async def __call__(self, run: JobRun) -> None:
        self.payloads.append(run.payload)
        self.attempts.append(len(self.payloads))
        if self.errors and (error := self.errors.pop(0)):
            raise error

    async def ended(self, record: JobRecord, state: str, error: Exception | None) -> None:
        self.ends.append((state, str(error) if error else None))


async def test_a_job_is_run_and_can_be_looked_up(jobs: Jobs) -> None:
    seen = Seen()
    jobs.handle("count", seen)
    record = await jobs.submit("count", {"to": 3}, total=3)
    assert (record.state, record.done, record.total, record.payload) == ("queued", 0, 3, {"to": 3})
    jobs.start()
    record = await jobs.wait(record.id, seconds=10)
    assert (record.state, record.attempt, record.error) == ("completed", 1, None)
    assert seen.payloads == [{"to": 3}]
    assert record.created_at <= (record.started_at or 0) <= (record.ended_at or 0)


async def test_a_job_and_rows_of_ones_own_are_written_together_or_not_at_all(jobs: Jobs, sql: SqlStore) -> None:
    await sql.migrate("things", ["CREATE TABLE things (id <text> PRIMARY KEY)"])
    thing = Statement("INSERT INTO things VALUES (?)", ("a",))
    await sql.write(thing, *jobs.submitting("count", {}))
    never = Statement("UPDATE things SET id = 'b' WHERE id = 'c' RETURNING id", needed=True)
    with pytest.raises(UnmetError):
        await sql.write(*jobs.submitting("count", {}), never)
    assert len(await jobs.list(kind="count")) == 1


async def test_of_two_jobs_with_one_key_the_first_stays(jobs: Jobs) -> None:
    first = await jobs.submit("count", {"n": 1}, key="k")
    again = await jobs.submit("count", {"n": 2}, key="k")
    assert (again.id, again.payload) == (first.id, {"n": 1})


async def test_a_checkpoint_is_kept_with_what_was_done(jobs: Jobs, sql: SqlStore) -> None:
    await sql.migrate("things", ["CREATE TABLE things (id <text> PRIMARY KEY)"])
    states: list[Any] = []

    async def step(run: JobRun) -> None:
        states.append(dict(run.state))
        at = run.state.get("at", 0)
        await run.checkpoint(
            {"at": at + 1}, Statement("INSERT INTO things VALUES (?)", (str(at),)), done=at + 1, total=2
        )
        if at == 0:
            raise UnavailableError("away")

    jobs.handle("step", step)
    jobs.start()
    record = await jobs.wait((await jobs.submit("step", {})).id, seconds=20)
    assert (record.state, record.attempt, record.done, record.total) == ("completed", 2, 2, 2)
    assert states == [{}, {"at": 1}]
    assert await sql.rows("SELECT COUNT(*) FROM things") == [(2,)]


async def test_what_may_pass_is_tried_again_and_told_meanwhile(jobs: Jobs) -> None:
    seen = Seen(UnavailableError("the model is away"), None)
    jobs.handle("try", seen, ended=seen.ended)
    jobs.start()
    record = await jobs.submit("try", {})
    while not (record := await jobs.get(record.id)).error:  # noqa: ASYNC110  # a row has no event
        await asyncio.sleep(0.01)
    assert (record.state, record.error) == ("queued", "the model is away")
    record = await jobs.wait(record.id, seconds=10)
    assert (record.state, record.attempt, seen.ends) == ("completed", 2, [])


async def test_a_mistake_of_the_callers_ends_a_job_at_once(jobs: Jobs) -> None:
    seen = Seen(BadRequestError("no such thing"))
    jobs.handle("try", seen, ended=seen.ended)
    jobs.start()
    record = await jobs.wait((await jobs.submit("try", {})).id, seconds=10)
    assert (record.state, record.error, record.attempt) == ("failed", "no such thing", 1)
    assert seen.ends == [("failed", "no such thing")]


async def test_after_its_last_attempt_a_job_has_failed(sql: SqlStore) -> None:
    async with Jobs(sql, QUICK.model_copy(update={"max_attempts": 1})) as jobs:
        seen = Seen(RuntimeError("a mistake of ours"))
        jobs.handle("try", seen)
        jobs.start()
        record = await jobs.wait((await jobs.submit("try", {})).id, seconds=10)
    assert (record.state, record.error) == ("failed", "RuntimeError: a mistake of ours")


async def test_a_job_that_waits_is_cancelled_at_once(jobs: Jobs) -> None:
    seen = Seen()
    jobs.handle("count", seen, ended=seen.ended)
    record = await jobs.cancel((await jobs.submit("count", {})).id)
    assert (record.state, seen.ends) == ("cancelled", [("cancelled", None)])
    jobs.start()
    await asyncio.sleep(0.2)
    assert seen.payloads == []


async def test_a_job_that_runs_is_cancelled_soon_even_where_it_never_looks(jobs: Jobs) -> None:
    began, seen = asyncio.Event(), Seen()

    async def forever(run: JobRun) -> None:
        began.set()
        await asyncio.Event().wait()

    jobs.handle("forever", forever, ended=seen.ended)
    jobs.start()
    record = await jobs.submit("forever", {})
    await began.wait()
    await jobs.cancel(record.id)
    record = await jobs.wait(record.id, seconds=10)
    assert (record.state, seen.ends) == ("cancelled", [("cancelled", None)])


@shared
async def test_two_workers_never_run_one_job_at_once(config: StorageConfig, jobs: Jobs) -> None:
    running: set[str] = set()
    doubled: list[str] = []
    finished: list[str] = []

    async def once(run: JobRun) -> None:
        if run.id in running:
            doubled.append(run.id)
        running.add(run.id)
        await asyncio.sleep(0.001)
        running.discard(run.id)
        finished.append(run.id)

    async with open_sql(config) as other_sql, Jobs(other_sql, QUICK) as other:
        for each in (jobs, other):
            each.handle("once", once)
        ids = [(await jobs.submit("once", {})).id for _ in range(40)]
        jobs.start()
        other.start()
        await until(lambda: len(finished) >= 40, 30)
        assert all([(await jobs.wait(each, seconds=10)).attempt == 1 for each in ids])
    assert (doubled, sorted(finished)) == ([], sorted(ids))


@shared
async def test_who_was_silent_for_too_long_writes_nothing_more(config: StorageConfig, jobs: Jobs) -> None:
    from llama_stack.core.jobs.run import LeasedRun
    from llama_stack.core.jobs.table import JobTable

    record = await jobs.submit("slow", {})
    async with open_sql(config) as sql:
        table = JobTable(sql)
        first = await table.lease(["slow"], "one", "elsewhere:1:1", 0.05, [])
        assert first is not None
        run = LeasedRun(first, "one", 5, table, sql)
        await run.checkpoint({"at": 1})
        await asyncio.sleep(0.1)
        second = await table.lease(["slow"], "two", "elsewhere:2:2", 60, [])
        assert second is not None
        assert (second.id, second.attempt, second.checkpoint) == (record.id, 2, {"at": 1})
        with pytest.raises(LeaseLostError):
            await run.checkpoint({"at": 2})
        await table.end("one", "completed")
        assert (await jobs.get(record.id)).state == "running"


async def test_a_stop_lets_running_jobs_go_where_they_are(sql: SqlStore) -> None:
    began = asyncio.Event()

    async def half(run: JobRun) -> None:
        await run.checkpoint({"half": True}, done=1, total=2)
        began.set()
        await asyncio.Event().wait()

    async with Jobs(sql, QUICK) as jobs:
        jobs.handle("half", half)
        jobs.start()
        record = await jobs.submit("half", {})
        await began.wait()
    async with Jobs(sql, QUICK) as jobs:
        record = await jobs.get(record.id)
    assert (record.state, record.attempt, record.checkpoint, record.done) == ("queued", 0, {"half": True}, 1)


_DIES = """
import asyncio, sys
from llama_stack.core.jobs import Jobs
from llama_stack.core.jobs.config import JobsConfig
from llama_stack.core.storage.config import StorageConfig
from llama_stack.core.storage.sqlstore import open_sql

async def main():
    config = StorageConfig.model_validate_json(sys.argv[1])
    async with open_sql(config) as sql, Jobs(sql, JobsConfig(lease_seconds=600)) as jobs:
        async def die(run):
            await run.checkpoint({"shard": 7}, done=7, total=10)
            print("began", flush=True)
            await asyncio.Event().wait()
        jobs.handle("die", die)
        jobs.start()
        await asyncio.Event().wait()

asyncio.run(main())
"""


@shared
async def test_the_job_of_a_process_that_was_killed_goes_on_at_its_checkpoint(
    config: StorageConfig, jobs: Jobs
) -> None:
    record = await jobs.submit("die", {})
    command = [sys.executable, "-c", _DIES, as_json(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:  # noqa: ASYNC220
        assert child.stdout is not None
        assert await asyncio.to_thread(child.stdout.readline) == "began\n"
        assert (await jobs.get(record.id)).state == "running"
        os.kill(child.pid, signal.SIGKILL)
    states: list[Any] = []

    async def go_on(run: JobRun) -> None:
        states.append(dict(run.state))

    jobs.handle("die", go_on)
    began = time.monotonic()
    jobs.start()
    record = await jobs.wait(record.id, seconds=20)
    assert (record.state, record.attempt, states) == ("completed", 2, [{"shard": 7}])
    assert time.monotonic() - began < 10  # long before the lease of ten minutes ends: the process is known to be dead


async def test_each_owner_sees_and_runs_their_own(jobs: Jobs) -> None:
    ran_as: list[tuple[str, str]] = []

    async def look(run: JobRun) -> None:
        ran_as.append((current.get().tenant, current.get().user))

    jobs.handle("look", look)
    token = current.set(RequestContext(tenant="acme", user="ann"))
    try:
        record = await jobs.submit("look", {})
        jobs.start()
        await jobs.wait(record.id, seconds=10)
        current.set(RequestContext(tenant="acme", user="bob"))
        with pytest.raises(NotFoundError, match="no job has the id"):
            await jobs.get(record.id)
        assert await jobs.list() == []
    finally:
        current.reset(token)
    assert ran_as == [("acme", "ann")]


async def test_an_owner_with_many_jobs_does_not_starve_another(sql: SqlStore) -> None:
    order: list[str] = []

    async def note(run: JobRun) -> None:
        order.append(run.payload["of"])
        await asyncio.sleep(0.01)

    async with Jobs(sql, QUICK) as jobs:
        jobs.handle("note", note)
        for name, many in (("ann", 8), ("bob", 1)):
            token = current.set(RequestContext(user=name))
            for _ in range(many):
                await jobs.submit("note", {"of": name})
            current.reset(token)
        jobs.start()
        await until(lambda: len(order) == 9, 20)
    assert order.index("bob") <= 1


async def test_pages_of_jobs(jobs: Jobs) -> None:
    ids = [(await jobs.submit("count", {})).id for _ in range(5)]
    first = await jobs.list(limit=2)
    assert [each.id for each in first] == ids[:-3:-1]
    assert [each.id for each in await jobs.list(after=first[-1].id, limit=9)] == ids[2::-1]
    assert await jobs.list(state="completed") == []
    with pytest.raises(NotFoundError):
        await jobs.list(after="job_nope")
