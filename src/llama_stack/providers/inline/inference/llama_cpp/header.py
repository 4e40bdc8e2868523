"""What a GGUF file says about itself, read from its header without llama.cpp."""

import mmap
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .....apis.errors import UnavailableError
from .....apis.models import ModelType

__all__ = ("Header", "read_header")

# The format's value types: struct codes by number; 8 is a string, 9 an array.
_CODES = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MEAN, _RANK = 1, 4


@dataclass(frozen=True, slots=True)
class Header:
    """The facts of a model file. Sizes are in tokens and numbers per vector."""

    architecture: str
    name: str
    context_length: int | None
    embedding_length: int | None
    pooling: int | None  # llama.cpp's number for it; None for models that write text

    @property
    def model_type(self) -> ModelType:
        if self.pooling is None:
            return "llm"
        return "rerank" if self.pooling == _RANK else "embedding"

    @property
    def metadata(self) -> dict[str, Any]:
        """What a model list says about it."""
        facts: dict[str, Any] = {"architecture": self.architecture, "context_length": self.context_length}
        if self.model_type == "embedding":
            facts["embedding_dimension"] = self.embedding_length
        return {key: value for key, value in facts.items() if value is not None}


def read_header(path: Path) -> Header:
    """The header of a file. Raises `UnavailableError` saying what is wrong with the file."""
    try:
        stat = path.stat()
        return _read(path, stat.st_size, stat.st_mtime_ns)
    except FileNotFoundError:
        raise _unusable(path, "there is no such file") from None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


@lru_cache(maxsize=64)
def _read(path: Path, size: int, mtime: int) -> Header:
    """Keyed by size and time, so that a file that was replaced is read again."""
    if path.is_dir():
        raise _unusable(path, "it is a folder")
    if size == 0:
        raise _unusable(path, "it is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:4] != b"GGUF":
            raise _unusable(path, f"it is no GGUF file: it begins with {data[:8]!r}")
        try:
            facts = _facts(data)
        except (struct.error, IndexError, KeyError, UnicodeDecodeError):
            raise _unusable(path, "its header is damaged or cut short; fetch it again") from None
    return _header(path, facts)


def _header(path: Path, facts: dict[str, Any]) -> Header:
    architecture = facts.get("general.architecture")
    if not isinstance(architecture, str):
        raise _unusable(path, "its header names no architecture")
    pooling = facts.get(f"{architecture}.pooling_type")
    if pooling is None and facts.get(f"{architecture}.attention.causal") is False:
        pooling = _MEAN  # an encoder whose file does not say how it pools
    return Header(
        architecture=architecture,
        name=str(facts.get("general.name", path.stem)),
        context_length=facts.get(f"{architecture}.context_length"),
        embedding_length=facts.get(f"{architecture}.embedding_length"),
        pooling=pooling or None,
    )


def _facts(data: mmap.mmap) -> dict[str, Any]:
    """Every value that is not an array."""
    _version, _tensors, count = struct.unpack_from("<IQQ", data, 4)
    facts: dict[str, Any] = {}
    at = 24
    for _ in range(count):
        key, at = _string(data, at)
        (kind,) = struct.unpack_from("<I", data, at)
        value, at = _value(data, at + 4, kind)
        if kind != _ARRAY:
            facts[key] = value
    return facts


def _value(data: mmap.mmap, at: int, kind: int) -> tuple[Any, int]:
    if kind == _STRING:
        return _string(data, at)
    if kind == _ARRAY:
        return None, _after_array(data, at)
    code = "<" + _CODES[kind]
    return struct.unpack_from(code, data, at)[0], at + struct.calcsize(code)


def _string(data: mmap.mmap, at: int) -> tuple[str, int]:
    end = _after_string(data, at)
    return data[at + 8 : end].decode(), end


def _after_string(data: mmap.mmap, at: int) -> int:
    end: int = at + 8 + struct.unpack_from("<Q", data, at)[0]
    if end > len(data):
        raise IndexError(end)
    return end


def _after_array(data: mmap.mmap, at: int) -> int:
    kind, count = struct.unpack_from("<IQ", data, at)
    at += 12
    if kind not in (_STRING, _ARRAY):
        return at + int(count) * struct.calcsize("<" + _CODES[kind])
    after = _after_string if kind == _STRING else _after_array
    for _ in range(count):
        at = after(data, at)
    return at


def _unusable(path: Path, why: str) -> UnavailableError:
    return UnavailableError(f"cannot load the model {path}: {why}", code="model_unusable")
