"""What is read from a GGUF file without loading it, and what is said of files that are none."""

import struct
from pathlib import Path

import pytest
from gguf import GGUFWriter

from llama_stack.apis.errors import UnavailableError
from llama_stack.providers.inline.inference.llama_cpp.header import read_header
from llama_stack.testing.tiny_gguf import tiny_embedding_gguf, tiny_rerank_gguf


def header_only(path: Path, architecture: str = "bert", causal: bool | None = None) -> Path:
    """A file that has a header and nothing else."""
    writer = GGUFWriter(path, architecture)
    if causal is not None:
        writer.add_causal_attention(causal)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_a_chat_model_says_how_much_it_can_read(chat_gguf: Path) -> None:
    header = read_header(chat_gguf)
    assert (header.name, header.model_type) == ("tiny-chat", "llm")
    assert header.metadata == {"architecture": "llama", "context_length": 4096}


def test_models_that_pool_are_for_embedding_or_reranking(tmp_path: Path) -> None:
    embedding = read_header(tiny_embedding_gguf(tmp_path))
    assert embedding.model_type == "embedding"
    assert embedding.metadata["embedding_dimension"] == 64
    assert read_header(tiny_rerank_gguf(tmp_path)).model_type == "rerank"


def test_an_encoder_that_does_not_say_how_it_pools_is_for_embedding(tmp_path: Path) -> None:
    assert read_header(header_only(tmp_path / "a.gguf", causal=False)).model_type == "embedding"
    assert read_header(header_only(tmp_path / "b.gguf", causal=True)).model_type == "llm"


def test_a_file_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text("not yet")
    with pytest.raises(UnavailableError):
        read_header(path)
    assert read_header(header_only(path, "qwen3")).architecture == "qwen3"


def test_unusable_files_are_named_with_the_reason(tmp_path: Path, chat_gguf: Path) -> None:
    whole = chat_gguf.read_bytes()
    cases = {
        "empty": (b"", "it is empty"),
        "text": (b"hello, I am a text", "it is no GGUF file: it begins with b'hello, I'"),
        "cut": (whole[:3000], "its header is damaged or cut short; fetch it again"),
        "boast": (b"GGUF" + struct.pack("<IQQ", 3, 1, 2**60), "its header is damaged or cut short; fetch it again"),
        "long-string": (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62), "its header is damaged or cut short; fetch it"),
        "nameless": (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "its header names no architecture"),
    }
    for name, (content, reason) in cases.items():
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(content)
        with pytest.raises(UnavailableError) as failure:
            read_header(path)
        assert failure.value.message.startswith(f"cannot load the model {path}: {reason}")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="there is no such file"):
        read_header(tmp_path / "missing.gguf")
    with pytest.raises(UnavailableError, match="it is a folder"):
        read_header(tmp_path)
