"""What is in memory never goes back, and is never of two moments at once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from llama_stack.core.storage.connect import connect
from llama_stack.providers.utils.embedded_vectors import news, tables
from llama_stack.providers.utils.embedded_vectors.frame import Held
from tests.unit.providers.utils.embedded_vectors.support import DIMENSION, STORE, clustered, fill, index

pytestmark = pytest.mark.anyio


@contextmanager
def moment(place: Path) -> Iterator[tuple[sqlite3.Connection, tables.Store]]:
    """The file as it is now, whatever is written meanwhile."""
    with closing(connect(place)) as connection, tables.snapshot(connection):
        yield connection, tables.find(connection, STORE)


async def test_who_sees_less_changes_nothing(tmp_path: Path) -> None:
    async with index(tmp_path / "v.db") as stores:
        await fill(stores, clustered(10))
        with moment(tmp_path / "v.db") as earlier:
            await fill(stores, clustered(10), first=10)
            with moment(tmp_path / "v.db") as later:
                held = Held(later[1])
                held.catch_up(*later)
                held.catch_up(*earlier)
                assert held.frame is not None
                assert (held.frame.version, len(held.frame.seqs)) == (later[1].version, 20)


async def test_pages_of_several_moments_make_the_last_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "PAGE_BYTES", 100 * (DIMENSION * 4 + 100))
    async with index(tmp_path / "v.db") as stores:
        await fill(stores, clustered(150))
        with moment(tmp_path / "v.db") as earlier:
            held = Held(earlier[1])
            held.catch_up(*earlier)
            await stores.delete_chunks(STORE, document_id="d0")
            await fill(stores, clustered(20), first=150)
            with moment(tmp_path / "v.db") as later:
                held.catch_up(*later)
                held.catch_up(*earlier)
                assert held.frame is not None
                assert (held.frame.version, int(held.frame.alive.sum())) == (later[1].version, 160)
