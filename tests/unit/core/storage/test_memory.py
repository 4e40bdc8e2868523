"""What is kept in memory is its own stack's."""

import pytest

from llama_stack.core.config import RunConfig
from llama_stack.core.storage.sqlstore import Statement, open_sql

pytestmark = pytest.mark.anyio


async def test_stacks_in_one_process_do_not_share_a_memory() -> None:
    one, other = (RunConfig.model_validate({"providers": {}}).storage for _ in range(2))
    async with open_sql(one) as mine, open_sql(one) as again, open_sql(other) as others:
        await mine.migrate("t", ["CREATE TABLE t (id <text>)"])
        await mine.write(Statement("INSERT INTO t VALUES ('a')"))
        assert await again.rows("SELECT id FROM t") == [("a",)]
        assert await others.rows("SELECT name FROM sqlite_master WHERE name = 't'") == []
