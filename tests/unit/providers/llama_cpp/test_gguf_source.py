"""Where a model's file comes from."""

from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, NotFoundError
from llama_stack.providers.inline.inference.llama_cpp.source import file_of, short_name

pytestmark = pytest.mark.anyio


def test_a_model_goes_by_its_files_name() -> None:
    assert short_name("~/models/Qwen3-0.6B-Q4_K_M.gguf") == "Qwen3-0.6B-Q4_K_M"
    assert short_name("hf:org/repo/sub/model-q8.gguf") == "model-q8"
    assert short_name("hf:org/Qwen3-GGUF:Q4_K_M") == "Qwen3-GGUF:Q4_K_M"
    assert short_name("/models/big-00001-of-00003.gguf") == "big"
    assert short_name("package:small.gguf") == "small"


async def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert await file_of("~/model.gguf") == tmp_path / "model.gguf"


async def test_a_file_may_travel_along_with_the_package() -> None:
    assert (await file_of("package:llama-stack-demo-11m.gguf")).is_file()


async def test_a_file_of_the_hub_is_fetched(fake_hub: Any) -> None:
    fake_hub.repos["org/repo"] = {"sub/model.gguf": b"GGUF"}
    assert (await file_of("hf:org/repo/sub/model.gguf")).read_bytes() == b"GGUF"


async def test_a_quantization_names_the_file_that_ends_with_it(fake_hub: Any) -> None:
    fake_hub.repos["org/repo"] = {
        "m-Q4_K_M.gguf": b"4",
        "m-Q8_0.gguf": b"8",
        "mmproj-m-Q8_0.gguf": b"p",
        "README.md": b"",
    }
    assert (await file_of("hf:org/repo:q8_0")).read_bytes() == b"8"
    with pytest.raises(NotFoundError, match=r"hf:org/repo: 2 files fit; it has m-Q4_K_M\.gguf, m-Q8_0\.gguf"):
        await file_of("hf:org/repo")
    with pytest.raises(NotFoundError, match=r"hf:org/repo:Q5_K: no file fits"):
        await file_of("hf:org/repo:Q5_K")


async def test_a_split_file_comes_with_all_its_parts(fake_hub: Any) -> None:
    fake_hub.repos["org/repo"] = {f"m-Q4_0-0000{n}-of-00002.gguf": b"%d" % n for n in (1, 2)} | {"other.gguf": b""}
    first = await file_of("hf:org/repo:Q4_0")
    assert first.name == "m-Q4_0-00001-of-00002.gguf"
    assert sorted(path.name for path in first.parent.iterdir()) == sorted(fake_hub.repos["org/repo"])[:2]


@pytest.mark.parametrize("source", ["hf:org", "hf:org/repo/file.bin", "hf:a/b:c:d", "hf:"])
async def test_what_is_no_name_of_the_hub_is_told_how_to_write_one(source: str) -> None:
    with pytest.raises(BadRequestError, match=r"write hf:org/repo/file\.gguf or hf:org/repo:Q4_K_M"):
        await file_of(source)
