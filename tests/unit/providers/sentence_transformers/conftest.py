"""Tiny models in sentence-transformers' format, the same on every machine: 2 layers, 32 dimensions, 60 words."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WORDS = "the a cat dog sat on mat ran fast slow red blue house tree river ##s ##ed ##ing query : hello world"
CONFIG = {
    "model_type": "bert",
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 24,
    "type_vocab_size": 2,
    "vocab_size": 60,
    "pad_token_id": 0,
}
Build = Callable[..., Path]


def build_model(
    folder: Path,
    *,
    config: dict[str, Any] | None = None,
    pooling: dict[str, Any] | None = None,
    normalize: bool = True,
    sentence: dict[str, Any] | None = None,
    texts: dict[str, Any] | None = None,
    prefix: str = "",
    dtype: str = "F32",
) -> Path:
    """Write a model's folder: what is given replaces or adds to the defaults."""
    config = CONFIG | {"architectures": ["BertModel"]} | (config or {})
    modules = ["Transformer", "Pooling", *(["Normalize"] if normalize else [])]
    paths = {"Transformer": "", "Pooling": "1_Pooling", "Normalize": "2_Normalize"}
    rows = [
        {"idx": i, "name": str(i), "path": paths[kind], "type": f"sentence_transformers.models.{kind}"}
        for i, kind in enumerate(modules)
    ]
    write_json(folder / "config.json", config)
    write_json(folder / "modules.json", rows)
    write_json(folder / "sentence_bert_config.json", sentence or {"max_seq_length": 16, "do_lower_case": False})
    pooling = {"word_embedding_dimension": 32} | (pooling or {"pooling_mode_mean_tokens": True})
    write_json(folder / "1_Pooling" / "config.json", pooling)
    if texts:
        write_json(folder / "config_sentence_transformers.json", texts)
    write_tokenizer(folder)
    tensors = {prefix + name: tensor for name, tensor in weights(config).items()}
    write_safetensors(folder / "model.safetensors", tensors, dtype)
    return folder


def weights(config: dict[str, Any]) -> dict[str, Any]:
    """Every tensor of a BERT, from a formula."""
    d, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], d),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], d),
        "embeddings.token_type_embeddings.weight": (config["type_vocab_size"], d),
        "embeddings.LayerNorm.weight": (d,),
        "embeddings.LayerNorm.bias": (d,),
    }
    for n in range(config["num_hidden_layers"]):
        for name, size in {
            "attention.self.query": (d, d),
            "attention.self.key": (d, d),
            "attention.self.value": (d, d),
            "attention.output.dense": (d, d),
            "attention.output.LayerNorm": (d,),
            "intermediate.dense": (inner, d),
            "output.dense": (d, inner),
            "output.LayerNorm": (d,),
        }.items():
            shapes[f"encoder.layer.{n}.{name}.weight"] = size
            shapes[f"encoder.layer.{n}.{name}.bias"] = size[:1]
    return {
        name: _formula(salt, shape) + np.float32(name.endswith("LayerNorm.weight"))
        for salt, (name, shape) in enumerate(shapes.items())
    }


def _formula(salt: int, shape: tuple[int, ...]) -> Any:
    """Numbers between -0.4 and 0.4 without a pattern."""
    index = np.arange(int(np.prod(shape)), dtype=np.float64) + 1
    return (np.modf(np.sin(index * 12.9898 + salt * 78.233) * 43758.5453)[0] * 0.4).astype(np.float32).reshape(shape)


def write_tokenizer(folder: Path) -> None:
    """A WordPiece tokenizer, with the fixed padding that all-MiniLM's file has too."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab = {word: n for n, word in enumerate([*special, *WORDS.split()])}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=20)
    tokenizer.enable_truncation(8)
    tokenizer.save(str(folder / "tokenizer.json"))
    names = dict(zip(["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"], special, strict=True))
    write_json(folder / "tokenizer_config.json", names | {"tokenizer_class": "PreTrainedTokenizerFast"})


def write_safetensors(path: Path, tensors: dict[str, Any], dtype: str) -> None:
    header, bodies, at = {}, [], 0
    for name, tensor in tensors.items():
        body = _encoded(tensor, dtype)
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [at, at + len(body)]}
        bodies.append(body)
        at += len(body)
    text = json.dumps({"__metadata__": {"format": "pt"}} | header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(bodies))


def _encoded(tensor: Any, dtype: str) -> bytes:
    match dtype:
        case "F16":
            return bytes(tensor.astype("<f2").tobytes())
        case "BF16":
            return bytes((tensor.view(np.uint32) >> 16).astype("<u2").tobytes())
    return bytes(tensor.tobytes())


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Make a tiny model in a folder of its own; keyword arguments as of `build_model`."""

    def make(name: str = "model", **options: Any) -> Path:
        return build_model(tmp_path / name, **options)

    return make
