"""A store from its making to its end, through every door."""

import asyncio
from typing import Any

import pytest

from tests.support.doors import Door, RefusedError

pytestmark = pytest.mark.anyio

LLAMAS = b"Llamas live in the Andes. They eat grass and carry loads of up to thirty kilograms.\n"
BRIDGES = b"A suspension bridge hangs its deck on cables. The Akashi Kaikyo bridge spans 1991 metres.\n"


async def uploaded(door: Door, name: str, content: bytes) -> str:
    file = await door("upload_file", file=(name, content), purpose="assistants")
    return str(file.id)


async def done(door: Door, store_id: str) -> Any:
    """The store, once none of its files is under way."""
    async with asyncio.timeout(30):
        while (store := await door("get_vector_store", vector_store_id=store_id)).status == "in_progress":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return store


async def search(door: Door, store_id: str, query: str, **fields: Any) -> list[Any]:
    found = await door("search_vector_store", vector_store_id=store_id, query=query, **fields)
    return list(found.data)


async def test_files_are_put_in_found_and_taken_out(door: Door) -> None:
    llamas, bridges = await uploaded(door, "llamas.txt", LLAMAS), await uploaded(door, "bridges.txt", BRIDGES)
    store = await door("create_vector_store", name="zoo", file_ids=[llamas], metadata={"topic": "animals"})
    assert (store.object, store.name, store.metadata) == ("vector_store", "zoo", {"topic": "animals"})
    attached = await door(
        "create_vector_store_file", vector_store_id=store.id, file_id=bridges, attributes={"year": 1998, "kind": "road"}
    )
    assert (attached.id, attached.vector_store_id, attached.last_error) == (bridges, store.id, None)
    store = await done(door, store.id)
    assert (store.status, store.file_counts.completed, store.file_counts.total) == ("completed", 2, 2)
    assert store.usage_bytes > len(LLAMAS) + len(BRIDGES)

    for mode in ("vector", "keyword", "hybrid"):
        first, *_ = await search(door, store.id, "what do llamas eat?", search_mode=mode)
        assert (first.file_id, first.filename) == (llamas, "llamas.txt")
        assert "grass" in first.content[0].text
        assert 0 < first.score <= 1
    only = await search(door, store.id, "what do llamas eat?", filters={"type": "gte", "key": "year", "value": 1990})
    assert [(each.file_id, each.attributes) for each in only] == [(bridges, {"year": 1998, "kind": "road"})]

    content = await door("get_vector_store_file_content", vector_store_id=store.id, file_id=llamas)
    assert "".join(part.text for part in content.data).strip() == LLAMAS.decode().strip()

    changed = await door(
        "update_vector_store_file", vector_store_id=store.id, file_id=bridges, attributes={"year": 1980}
    )
    assert changed.attributes == {"year": 1980}
    assert await search(door, store.id, "bridge", filters={"type": "gte", "key": "year", "value": 1990}) == []

    gone = await door("delete_vector_store_file", vector_store_id=store.id, file_id=llamas)
    assert (gone.id, gone.deleted) == (llamas, True)
    assert [each.file_id for each in await search(door, store.id, "what do llamas eat?")] == [bridges]
    assert (await door("get_file", file_id=llamas)).filename == "llamas.txt"

    assert (await door("delete_vector_store", vector_store_id=store.id)).deleted is True
    with pytest.raises(RefusedError) as refused:
        await search(door, store.id, "bridge")
    assert (refused.value.status, refused.value.code) == (404, "not_found")


async def test_a_batch_tells_how_far_it_is_and_what_failed(door: Door) -> None:
    good = [await uploaded(door, f"{n}.txt", f"Note {n} is about the number {n}.".encode()) for n in range(3)]
    bad = await uploaded(door, "junk.bin", bytes(range(256)) * 8)
    store = await door("create_vector_store", name="notes")
    batch = await door(
        "create_vector_store_file_batch", vector_store_id=store.id, file_ids=[*good, bad], attributes={"set": "notes"}
    )
    assert (batch.object, batch.file_counts.total) == ("vector_store.files_batch", 4)
    await done(door, store.id)
    batch = await door("get_vector_store_file_batch", vector_store_id=store.id, batch_id=batch.id)
    assert (batch.status, batch.file_counts.completed, batch.file_counts.failed) == ("completed", 3, 1)
    failed = await door(
        "list_vector_store_file_batch_files", vector_store_id=store.id, batch_id=batch.id, filter="failed"
    )
    (file,) = failed.data
    assert (file.id, file.status, file.last_error.code) == (bad, "failed", "invalid_file")
    assert "junk.bin" in file.last_error.message
    found = await search(door, store.id, "number 2", filters={"type": "eq", "key": "set", "value": "notes"})
    assert {each.file_id for each in found} == set(good)


async def test_what_is_not_there_is_told(door: Door) -> None:
    store = await door("create_vector_store", name="empty")
    file = await uploaded(door, "a.txt", b"a")
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("get_vector_store", {"vector_store_id": "vs_nothing"}, "vs_nothing"),
        ("get_vector_store_file", {"vector_store_id": store.id, "file_id": file}, file),
        ("create_vector_store_file", {"vector_store_id": store.id, "file_id": "file-nothing"}, "file-nothing"),
        ("get_vector_store_file_batch", {"vector_store_id": store.id, "batch_id": "vsfb_no"}, "vsfb_no"),
        ("create_vector_store", {"embedding_model": "nobody/knows"}, "nobody/knows"),
    ]
    for method, fields, named in asked:
        with pytest.raises(RefusedError) as refused:
            await door(method, **fields)
        assert refused.value.status == 404
        assert named in refused.value.message
