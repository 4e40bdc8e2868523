"""The provider from outside: answers, limits, what it lists, how it is, what is wrong with a folder."""

import asyncio
import base64
import gc
import json
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llama_stack.apis.errors import BadRequestError, NotFoundError, UnavailableError
from llama_stack.apis.inference import EmbeddingsRequest
from llama_stack.apis.models import Model
from llama_stack.providers.inline.inference.sentence_transformers import (
    SentenceTransformers,
    SentenceTransformersConfig,
)
from llama_stack.providers.inline.inference.sentence_transformers.encoder import Encoder
from llama_stack.providers.inline.inference.sentence_transformers.graph import FLOAT, INT64, Graph

pytestmark = pytest.mark.anyio

Build = Callable[..., Path]


def provider(model: Path | str | None, **config: Any) -> SentenceTransformers:
    name = None if model is None else str(model)
    return SentenceTransformers(SentenceTransformersConfig(model=name, threads=1, **config), "embeddings")


def ask(folder: Path | str, texts: Any, **options: Any) -> EmbeddingsRequest:
    body = {"model": str(folder), "input": texts} | options
    return EmbeddingsRequest.from_wire(json.dumps(body).encode())


async def test_texts_are_answered_in_their_order_with_their_tokens_counted(build: Build) -> None:
    folder = build()
    texts = ["the cat sat on the mat", "dog", "the dog ran"]
    async with provider(folder, batch_size=1) as embeddings:
        answer = await embeddings.post_embeddings(ask(folder, texts))
        alone = [(await embeddings.post_embeddings(ask(folder, text))).data[0].embedding for text in texts]
    assert [row.index for row in answer.data] == [0, 1, 2]
    assert [row.embedding for row in answer.data] == alone
    assert answer.model == str(folder)
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (16, 16)  # with [CLS] and [SEP]


async def test_base64_is_little_endian_float32_of_the_same_numbers(build: Build) -> None:
    folder = build()
    async with provider(folder) as embeddings:
        floats = (await embeddings.post_embeddings(ask(folder, "the cat"))).data[0].embedding
        packed = (await embeddings.post_embeddings(ask(folder, "the cat", encoding_format="base64"))).data[0].embedding
    assert list(struct.unpack("<32f", base64.b64decode(str(packed)))) == floats


async def test_a_text_over_the_limit_is_cut_off_as_sentence_transformers_does(build: Build) -> None:
    folder = build()
    async with provider(folder) as embeddings:
        long = await embeddings.post_embeddings(ask(folder, "the cat " * 500))
        cut = await embeddings.post_embeddings(ask(folder, "the cat " * 7))
    assert long.data[0].embedding == cut.data[0].embedding
    assert long.usage is not None
    assert long.usage.prompt_tokens == 16


async def test_a_prompt_is_chosen_by_name(build: Build) -> None:
    folder = build(texts={"prompts": {"query": "query: "}})
    async with provider(folder) as embeddings:
        prompted = await embeddings.post_embeddings(ask(folder, "the cat", prompt_name="query"))
        written = await embeddings.post_embeddings(ask(folder, "query: the cat"))
        assert prompted.data[0].embedding == written.data[0].embedding
        with pytest.raises(BadRequestError, match="no prompt 'passage'; it has: query"):
            await embeddings.post_embeddings(ask(folder, "the cat", prompt_name="passage"))


async def test_shorter_embeddings_are_for_models_that_were_trained_for_them(build: Build) -> None:
    plain, trained = build("plain"), build("trained", config={"matryoshka_dimensions": [8, 16]})
    async with provider(plain) as embeddings:
        short = (await embeddings.post_embeddings(ask(trained, "the cat", dimensions=8))).data[0].embedding
        assert len(short) == 8
        assert sum(x * x for x in short if isinstance(x, float)) == pytest.approx(1)
        assert len((await embeddings.post_embeddings(ask(plain, "the cat", dimensions=32))).data[0].embedding) == 32
        with pytest.raises(BadRequestError, match="no embeddings of 8 dimensions, only: 32"):
            await embeddings.post_embeddings(ask(plain, "the cat", dimensions=8))
        with pytest.raises(BadRequestError, match="of 9 dimensions, only: 8, 16, 32"):
            await embeddings.post_embeddings(ask(trained, "the cat", dimensions=9))


@pytest.mark.parametrize("tokens", [[1, 2], [[1, 2], [3]]])
async def test_token_ids_are_refused(build: Build, tokens: Any) -> None:
    folder = build()
    async with provider(folder) as embeddings:
        with pytest.raises(BadRequestError, match="input must be text"):
            await embeddings.post_embeddings(ask(folder, tokens))


async def test_requests_that_come_while_the_model_loads_share_the_loading(build: Build) -> None:
    folder = build()
    async with provider(folder) as embeddings:
        answers = await asyncio.gather(*(embeddings.post_embeddings(ask(folder, "the cat")) for _ in range(8)))
        assert len({str(answer.data[0].embedding) for answer in answers}) == 1
        assert _threads() == 1


async def test_a_caller_who_leaves_stops_the_work_after_the_batch_under_way(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, runs, real, two = build(), [0], Encoder.embed, asyncio.Event()
    loop = asyncio.get_running_loop()

    def counted(self: Encoder, tokens: Any) -> Any:
        runs[0] += 1
        if runs[0] == 2:
            loop.call_soon_threadsafe(two.set)
        return real(self, tokens)

    monkeypatch.setattr(Encoder, "embed", counted)
    async with provider(folder, batch_size=1) as embeddings:
        task = asyncio.create_task(embeddings.post_embeddings(ask(folder, ["the cat"] * 2000)))
        await two.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await embeddings.post_embeddings(ask(folder, "the dog"))
    assert runs[0] < 100


async def test_the_least_recently_used_model_makes_room(build: Build) -> None:
    a, b = build("a"), build("b")
    async with provider(a, max_loaded_models=1) as embeddings:
        for folder in (a, b, a):
            await embeddings.post_embeddings(ask(folder, "the cat"))
        gc.collect()
        _wait_until(lambda: _threads() == 1)  # a model's thread ends when nobody refers to it


async def test_the_configured_model_is_listed_with_what_its_folder_says(build: Build) -> None:
    folder = build()
    [model] = await provider(folder).list_models()
    assert (model.identifier, model.provider_resource_id, model.provider_id) == (str(folder), str(folder), "embeddings")
    assert (model.model_type, model.source) == ("embedding", "listed")
    assert model.metadata == {"embedding_dimension": 32, "context_length": 16}
    assert await provider("").list_models() == []


async def test_a_registered_model_is_an_embedding_model_with_its_facts(build: Build) -> None:
    model = Model(identifier="mine", provider_id="embeddings", provider_resource_id=str(build()), metadata={"a": 1})
    registered = await provider(None).register_model(model)
    assert registered.model_type == "embedding"
    assert registered.metadata == {"a": 1, "embedding_dimension": 32, "context_length": 16}
    with pytest.raises(UnavailableError, match="there is no folder /nowhere"):
        await provider(None).register_model(model.model_copy(update={"provider_resource_id": "/nowhere"}))


async def test_health_says_what_is_missing(build: Build, tmp_path: Path) -> None:
    assert (await provider(build()).health()).state == "ready"
    assert (await provider("org/name").health()).state == "ready"
    unconfigured = await provider(None).health()
    assert (unconfigured.state, unconfigured.reason) == ("unconfigured", "set EMBEDDING_MODEL, or register a model")
    absent = await provider(tmp_path / "none").health()
    assert (absent.state, absent.reason) == ("unavailable", f"there is no folder {tmp_path / 'none'}")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("config.json", None, r"lacks .*/config\.json"),
        ("config.json", b"{", r"config\.json cannot be read: "),
        ("config.json", b"[]", r"config\.json is not a JSON object"),
        ("config.json", b'{"model_type": "t5", "hidden_size": 32}', r"a 't5' model needs its onnx/model\.onnx"),
        ("1_Pooling/config.json", None, r"lacks .*/1_Pooling/config\.json"),
        ("1_Pooling/config.json", b'{"pooling_mode": "best"}', "pooling that is not supported: best"),
        ("modules.json", b'[{"type": "sentence_transformers.models.Dense"}]', "steps that are not supported: Dense"),
        ("tokenizer.json", None, r"lacks .*/tokenizer\.json"),
        ("tokenizer.json", b"{}", r"tokenizer\.json cannot be read: "),
        ("model.safetensors", None, r"neither onnx/model\.onnx nor model\.safetensors"),
        ("model.safetensors", b"", r"model\.safetensors is not a sound safetensors file: "),
        ("model.safetensors", b"\xff" * 100, "its header is longer than the file"),
        ("model.safetensors", struct.pack("<Q", 2) + b"{}", r"lack the tensor embeddings\.word_embeddings\.weight"),
        ("onnx/model.onnx", b"no graph", r"onnx/model\.onnx cannot be loaded: "),
    ],
)
async def test_a_bad_folder_is_refused_with_the_file_named(
    build: Build, name: str, content: bytes | None, complaint: str
) -> None:
    folder = build()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).unlink(missing_ok=True)
    if content is not None:
        (folder / name).write_bytes(content)
    async with provider(folder) as embeddings:
        for _ in range(2):  # a failed loading is not remembered as a model
            with pytest.raises(UnavailableError, match=complaint):
                await embeddings.post_embeddings(ask(folder, "the cat"))
        assert (await embeddings.health()).state in ("degraded", "unavailable")


async def test_a_file_that_was_cut_short_is_noticed(build: Build) -> None:
    folder = build()
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-100])
    async with provider(folder) as embeddings:
        with pytest.raises(UnavailableError, match="it was cut short"):
            await embeddings.post_embeddings(ask(folder, "the cat"))


async def test_a_model_comes_from_the_hub_when_it_is_first_asked_for(build: Build, fake_hub: Any) -> None:
    folder = build(config={"matryoshka_dimensions": [8]})
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    fake_hub.repos["org/tiny"] = files | {"pytorch_model.bin": b"not wanted"}
    async with provider("hf:org/tiny") as embeddings:
        assert (await embeddings.list_models())[0].metadata == {}
        assert not fake_hub.requests
        answer = await embeddings.post_embeddings(ask("hf:org/tiny", "the cat"))
        local = await embeddings.post_embeddings(ask(folder, "the cat"))
        assert answer.data[0].embedding == local.data[0].embedding
        assert not [line for line in fake_hub.requests if "pytorch_model.bin" in line]
        assert (await embeddings.list_models())[0].metadata["embedding_dimension"] == 32
        with pytest.raises(NotFoundError, match="no repository 'sentence-transformers/none'"):
            await embeddings.post_embeddings(ask("none", "the cat"))


async def test_of_a_repository_with_its_own_graph_the_weights_are_not_fetched(build: Build, fake_hub: Any) -> None:
    folder, graph = build(normalize=False), Graph()
    ids = graph.node("Unsqueeze", graph.node("Cast", "input_ids", to=FLOAT), graph.constant(2))
    hidden = graph.node("Expand", ids, graph.constant(1, 1, 32))  # each token's vector is its id, 32 times
    model = graph.encode({"input_ids": (INT64, ["texts", "tokens"])}, {hidden: (FLOAT, ["texts", "tokens", 32])})
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    fake_hub.repos["sentence-transformers/tiny"] = files | {"onnx/model.onnx": model}
    async with provider("tiny") as embeddings:
        answer = await embeddings.post_embeddings(ask("tiny", "the"))
    assert answer.data[0].embedding == pytest.approx([(2 + 5 + 3) / 3] * 32)
    assert not [line for line in fake_hub.requests if "safetensors" in line]


def _threads() -> int:
    return sum(thread.name.startswith("embeddings") for thread in threading.enumerate())


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
