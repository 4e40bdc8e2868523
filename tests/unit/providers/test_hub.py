"""Fetching from a hub over a real socket: sharing, resuming, checking, and saying what went wrong."""

import asyncio
import sys
import time
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, ForbiddenError, NotFoundError, UnavailableError
from llama_stack.providers.utils.hub import fetch_file, fetch_files, list_files

pytestmark = pytest.mark.anyio


def gets(fake_hub: Any, name: str) -> list[str]:
    return [line for line in fake_hub.requests if line.startswith("GET") and name in line]


async def test_a_file_is_fetched_once_and_then_comes_from_the_cache(fake_hub: Any) -> None:
    fake_hub.repos["org/model"] = {"model.gguf": b"weights"}
    path = await fetch_file("org/model", "model.gguf")
    assert path.read_bytes() == b"weights"
    assert await fetch_file("org/model", "model.gguf") == path
    assert fake_hub.requests["GET org/model/resolve/main/model.gguf"] == 1


async def test_callers_who_ask_together_share_one_fetch(fake_hub: Any) -> None:
    fake_hub.repos["org/model"] = {"model.gguf": b"w" * 100_000}
    paths = await asyncio.gather(*(fetch_file("org/model", "model.gguf") for _ in range(5)))
    assert len(set(paths)) == 1
    assert sum(fake_hub.requests.values()) == 2  # one HEAD, one GET


async def test_a_caller_who_leaves_does_not_stop_the_others(fake_hub: Any) -> None:
    fake_hub.repos["org/model"] = {"model.gguf": b"weights"}
    first = asyncio.create_task(fetch_file("org/model", "model.gguf"))
    second = asyncio.create_task(fetch_file("org/model", "model.gguf"))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).read_bytes() == b"weights"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_cut_connection_is_resumed_where_it_broke(fake_hub: Any) -> None:
    content = bytes(range(250)) * 100_000  # 25 MB; huggingface_hub writes in pieces of 10 MiB
    fake_hub.repos["org/model"] = {"model.gguf": content}
    fake_hub.cut_after["model.gguf"] = 15_000_000
    path = await fetch_file("org/model", "model.gguf")
    assert path.read_bytes() == content
    url = "GET org/model/resolve/main/model.gguf"
    assert gets(fake_hub, "model.gguf") == [url, f"{url} bytes={10 << 20}-"]


async def test_a_file_with_a_wrong_checksum_is_refused_and_fetched_anew_next_time(fake_hub: Any) -> None:
    fake_hub.repos["org/model"] = {"model.gguf": b"weights"}
    fake_hub.wrong_checksum.add("model.gguf")
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"model\.gguf is damaged: its sha256 is .*, the hub says"):
            await fetch_file("org/model", "model.gguf")
    fake_hub.wrong_checksum.clear()
    assert (await fetch_file("org/model", "model.gguf")).read_bytes() == b"weights"
    assert fake_hub.requests["GET org/model/resolve/main/model.gguf"] == 3


async def test_files_are_chosen_by_pattern_into_one_folder(fake_hub: Any) -> None:
    fake_hub.repos["org/model"] = {"config.json": b"{}", "onnx/model.onnx": b"graph", "model.bin": b"no"}
    folder = await fetch_files("org/model", ["*.json", "onnx/*"])
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert found == ["config.json", "onnx/model.onnx"]
    assert await list_files("org/model") == ["config.json", "model.bin", "onnx/model.onnx"]
    with pytest.raises(NotFoundError, match=r"no file that matches \*\.gguf; it has config\.json, model\.bin"):
        await fetch_files("org/model", ["*.gguf"])


async def test_offline_the_cache_answers_and_what_it_lacks_is_named(
    fake_hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_hub.repos["org/model"] = {"a.gguf": b"a", "b.gguf": b"b"}
    path = await fetch_file("org/model", "a.gguf")
    before = fake_hub.requests.total()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert await fetch_file("org/model", "a.gguf") == path
    assert await fetch_files("org/model", ["*.gguf"]) == path.parent
    assert await list_files("org/model") == ["a.gguf"]
    with pytest.raises(UnavailableError, match=r"org/model/b\.gguf is not in the cache, and HF_HUB_OFFLINE is set"):
        await fetch_file("org/model", "b.gguf")
    assert fake_hub.requests.total() == before


async def test_without_a_network_the_cache_answers_and_the_error_says_what_to_do(
    fake_hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_hub.repos["org/model"] = {"a.gguf": b"a"}
    path = await fetch_file("org/model", "a.gguf")
    fake_hub.stop()
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # huggingface_hub waits 23 s between its attempts
    assert await fetch_file("org/model", "a.gguf") == path
    assert await list_files("org/model") == ["a.gguf"]
    with pytest.raises(UnavailableError, match=r"cannot fetch org/other/x from .*, or give the path of a local copy"):
        await fetch_file("org/other", "x")


async def test_what_does_not_exist_or_may_not_be_read_is_named(fake_hub: Any) -> None:
    fake_hub.repos["org/model"] = {"a.gguf": b"a"}
    fake_hub.gated.add("org/gated")
    with pytest.raises(NotFoundError, match=r"org/model has no file 'b\.gguf'"):
        await fetch_file("org/model", "b.gguf")
    with pytest.raises(NotFoundError, match=r"no repository 'org/none', or it is private"):
        await fetch_file("org/none", "a.gguf")
    with pytest.raises(ForbiddenError, match=r"org/gated is gated: .* HF_TOKEN"):
        await fetch_file("org/gated", "a.gguf")
    with pytest.raises(ForbiddenError, match="org/gated is gated"):
        await list_files("org/gated")
    with pytest.raises(BadRequestError, match="'not a name' is not a repository's name"):
        await fetch_file("not a name", "a.gguf")


async def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UnavailableError, match=r"needs huggingface_hub: pip install 'llama-stack\[hub\]'"):
        await fetch_file("org/model", "a.gguf")
