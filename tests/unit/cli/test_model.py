"""`llama model`, as it is typed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from llama_stack.apis.errors import NotFoundError
from llama_stack.cli.model.fetch import choose
from llama_stack.models import Family, families, models, weight_bytes
from tests.unit.providers.conftest import FakeHub

Llama = Callable[..., Result]
GGUF = "unsloth/Llama-3.2-3B-Instruct-GGUF"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    constants = pytest.importorskip("huggingface_hub.constants")
    hub = FakeHub()
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    yield hub
    hub.stop()


def words(line: str) -> str:
    return " ".join(line.split())


# ---- list


def test_every_family_is_listed(llama: Llama) -> None:
    lines = [words(line) for line in llama("model", "list").output.splitlines()]
    assert lines[0] == "FAMILY MAKER MODELS WHAT THERE IS"
    assert [line.split()[0] for line in lines[1:]] == [family.name for family in families()]
    assert "llama-3.2 Meta 8 1.24B to 88.6B" in lines
    assert "gpt-5 OpenAI 23 behind an API" in lines
    assert "bge BAAI 8 embeds, 33.4M to 9.24B" in lines


def test_the_models_of_a_family_are_listed_with_what_they_need(llama: Llama) -> None:
    lines = [words(line) for line in llama("model", "list", "--family", "llama-3.1").output.splitlines()]
    assert lines[:2] == [
        "MODEL SIZE CONTEXT NEEDS TAKES",
        "meta-llama/Llama-3.1-8B-Instruct 8.03B 131,072 6.4 GB text",
    ]
    assert len(lines) == 7


def test_all_models_are_listed_as_json_too(llama: Llama) -> None:
    assert len(llama("model", "list", "--all").output.splitlines()) == len(models()) + 1
    told = json.loads(llama("model", "list", "--all", "--json").output)
    assert [model["name"] for model in told] == [model.name for model in models()]
    assert json.loads(llama("model", "list", "--json").output)[0]["name"] == "llama-2"


def test_an_unknown_family_is_answered_with_the_nearest(llama: Llama) -> None:
    ran = llama("model", "list", "--family", "llama-3.4")
    assert ran.exit_code == 1
    assert "no family 'llama-3.4'; did you mean llama-3" in ran.output


# ---- describe


def test_a_model_is_described_by_any_of_its_names(llama: Llama) -> None:
    lines = [words(line) for line in llama("model", "describe", "llama3.2:3b").output.splitlines()]
    assert lines[0] == "meta-llama/Llama-3.2-3B-Instruct"
    assert "made by Meta, in the family llama-3.2" in lines
    assert "context 131,072 tokens" in lines
    assert "can calls tools" in lines
    assert "memory 3.4 GB in Q4_K_M, 4.7 GB in Q8_0, 7.8 GB in BF16, with 8,192 tokens of context" in lines


def test_a_description_as_json_has_the_numbers(llama: Llama) -> None:
    told = json.loads(llama("model", "describe", "qwen3:8b", "--context", "32768", "--json").output)
    assert told["architecture"]["layers"] == 36
    assert told["extended_context_length"] == 131_072
    assert told["memory_context"] == 32_768
    assert told["memory_bytes"]["Q4_K_M"] > weight_bytes(next(m for m in models() if m.name == told["name"]))
    assert told["checked"].startswith("20")


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_every_model_can_be_described(family: Family, llama: Llama) -> None:
    for model in family.models:
        ran = llama("model", "describe", model.name)
        assert ran.exit_code == 0, ran.output
        assert ran.output.startswith(model.name)
        assert "None" not in ran.output


def test_an_unknown_model_is_answered_with_the_nearest(llama: Llama) -> None:
    ran = llama("model", "describe", "lama3")
    assert ran.exit_code == 1
    assert "no model 'lama3'; did you mean meta-llama/" in ran.output


# ---- prompt-format


def test_a_prompt_format_is_shown_with_an_example(llama: Llama) -> None:
    output = llama("model", "prompt-format", "llama3.1:8b").output
    assert output.startswith("llama-3.1\n")
    assert "<|eot_id|> or <|eom_id|>" in output
    assert output.rstrip().endswith("<|start_header_id|>assistant<|end_header_id|>")
    told = json.loads(llama("model", "prompt-format", "llama3.1:8b", "--json").output)
    assert told["tool_calls"] == '{"name": "get_weather", "parameters": {"city": "Turin"}}'


# ---- download


def test_a_name_is_fetched_as_the_usual_gguf_file(llama: Llama, hub: FakeHub) -> None:
    hub.repos[GGUF] = {f"Llama-3.2-3B-Instruct-{q}.gguf": q.encode() for q in ("Q4_K_M", "Q4_K_S", "Q8_0")}
    ran = llama("model", "download", "llama3.2:3b")
    assert ran.exit_code == 0, ran.output
    path, _, serve, line = ran.stdout.splitlines()
    assert Path(path).read_text() == "Q4_K_M"
    assert serve == "Serve it:"
    assert line == f"  LLAMA_MODEL=hf:{GGUF}/Llama-3.2-3B-Instruct-Q4_K_M.gguf llama stack run starter"


@pytest.mark.parametrize(
    "typed", [["llama3.2:3b-instruct-q8_0"], ["llama3.2", "--quantization", "q8_0"], [f"hf:{GGUF}:Q8_0"]]
)
def test_another_quantization_is_asked_for_by_name(llama: Llama, hub: FakeHub, typed: list[str]) -> None:
    hub.repos[GGUF] = {f"Llama-3.2-3B-Instruct-{q}.gguf": q.encode() for q in ("Q4_K_M", "Q8_0")}
    told = json.loads(llama("model", "download", *typed, "--json").stdout)
    assert Path(told["path"]).read_text() == "Q8_0"
    assert told["repository"] == GGUF


def test_a_file_of_the_hub_is_fetched_as_it_is_named(llama: Llama, hub: FakeHub) -> None:
    hub.repos["org/repo"] = {"sub/model.gguf": b"here"}
    told = json.loads(llama("model", "download", "hf:org/repo/sub/model.gguf", "--json").stdout)
    assert Path(told["path"]).read_text() == "here"
    assert told["use"] == {"LLAMA_MODEL": "hf:org/repo/sub/model.gguf"}


def test_a_split_file_is_fetched_whole(llama: Llama, hub: FakeHub) -> None:
    hub.repos["org/repo"] = {f"m-Q4_K_M-0000{n}-of-00002.gguf": b"part" for n in (1, 2)}
    told = json.loads(llama("model", "download", "hf:org/repo", "--json").stdout)
    first = Path(told["path"])
    assert first.name == "m-Q4_K_M-00001-of-00002.gguf"
    assert first.with_name("m-Q4_K_M-00002-of-00002.gguf").exists()


def test_an_embedding_model_is_fetched_as_its_provider_wants_it(llama: Llama, hub: FakeHub) -> None:
    repo = "sentence-transformers/all-MiniLM-L6-v2"
    files = ("config.json", "modules.json", "1_Pooling/config.json", "onnx/model.onnx", "model.safetensors")
    hub.repos[repo] = {name: name.encode() for name in files}
    told = json.loads(llama("model", "download", "all-minilm", "--json").stdout)
    folder = Path(told["path"])
    assert (folder / "1_Pooling/config.json").exists()
    assert (folder / "onnx/model.onnx").exists()
    assert not (folder / "model.safetensors").exists()
    assert told["use"] == {"EMBEDDING_MODEL": repo}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpt-4o", "behind its makers' API only"),
        ("llama3.1:405b", "or fetch it as it is published (hf:meta-llama/Llama-3.1-405B-Instruct)"),
        ("hf:nothing", "write hf:org/repo, or hf:org/repo/file.gguf"),
        ("lama3", "did you mean"),
    ],
)
def test_what_cannot_be_fetched_says_why(llama: Llama, name: str, said: str) -> None:
    ran = llama("model", "download", name)
    assert ran.exit_code == 1
    assert said in ran.output


def test_a_quantization_that_is_not_there_is_answered_with_those_that_are() -> None:
    files = ["m-Q4_K_M.gguf", "m-Q8_0.gguf", "m-UD-Q4_K_XL.gguf"]
    assert choose(files, "Q8_0", "org/repo") == "m-Q8_0.gguf"
    assert choose([*files, "m-UD-Q4_K_M.gguf"], "Q4_K_M", "org/repo") == "m-Q4_K_M.gguf"
    with pytest.raises(NotFoundError, match=r"org/repo has no file of Q5_K_M; it has Q4_K_M, Q8_0, m-UD-Q4_K_XL\.gguf"):
        choose(files, "Q5_K_M", "org/repo")


def test_the_only_file_is_the_one() -> None:
    assert choose(["gpt-oss-20b-mxfp4.gguf"], "Q4_K_M", "org/repo") == "gpt-oss-20b-mxfp4.gguf"
