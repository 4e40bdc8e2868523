"""From a checkpoint to GGUF: `python -m training.chat.export WORK MODEL.gguf [--mean WORK/start.pt=0.25]`.

Eight bits a weight (Q8_0), with the tokenizer and the chat template inside; llama.cpp needs nothing else.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType, TokenType
from gguf.quants import quantize
from numpy.typing import NDArray

from .model import Shape
from .rendering import END, SPECIAL, TEMPLATE

__all__ = ("export", "named")

NAME = "Llama Stack demo model"
ABOUT = "A tiny demonstration model: answers from passages, calls tools, fills in JSON, tells about Llama Stack."
_WHOLE = {"embeddings.weight": "token_embd.weight", "norm.weight": "output_norm.weight"}
_PARTS = {
    "attention_norm": "attn_norm",
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "o": "attn_output",
    "mlp_norm": "ffn_norm",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}

Array = NDArray[Any]


def export(work: Path, out: Path, others: Sequence[tuple[Path, float]] = ()) -> None:
    """`others`: files of other weights of this training, and the share, 0 to 1, that each has in the mean that is
    written; the rest is the checkpoint's."""
    kept = torch.load(work / "checkpoint.pt", map_location="cpu", weights_only=True)
    shape = Shape(**kept["shape"])
    own = 1 - sum(share for _, share in others)
    weights = {name: weight * own for name, weight in kept["model"].items()}
    shapes = {name: weight.shape for name, weight in weights.items()}
    for path, share in others:
        other = _weights_in(path)
        if {name: weight.shape for name, weight in other.items()} != shapes:
            raise SystemExit(f"{path} holds another network than {work / 'checkpoint.pt'}: they have no mean")
        for name, weight in other.items():
            weights[name] += weight * share
    writer = GGUFWriter(out, "llama")
    _describe(writer, shape)
    _add_tokenizer(writer, json.loads((work / "tokenizer.json").read_text(encoding="utf-8")))
    for name, tensor in weights.items():
        _add_tensor(writer, name, tensor.float().numpy(), shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _weights_in(path: Path) -> dict[str, torch.Tensor]:
    """Of a checkpoint, or of what training began with."""
    kept = torch.load(path, map_location="cpu", weights_only=True)
    weights: dict[str, torch.Tensor] = kept.get("model", kept)
    return weights


def _describe(writer: GGUFWriter, shape: Shape) -> None:
    writer.add_name(NAME)
    writer.add_description(ABOUT)
    writer.add_license("mit")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    # What suits a model this small where the caller says nothing: the likeliest token, always.
    writer.add_sampling_temp(0.0)


def _add_tokenizer(writer: GGUFWriter, kept: dict[str, Any]) -> None:
    vocabulary: dict[str, int] = kept["vocabulary"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(sorted(vocabulary, key=vocabulary.__getitem__))
    writer.add_token_types([_type_of(token) for token in sorted(vocabulary, key=vocabulary.__getitem__)])
    writer.add_token_merges(kept["merges"])
    writer.add_eos_token_id(vocabulary[END])
    writer.add_eot_token_id(vocabulary[END])
    writer.add_pad_token_id(vocabulary[END])
    writer.add_bos_token_id(vocabulary[END])
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _type_of(token: str) -> TokenType:
    """A tool call's markers are written out, for llama.cpp to parse; the other special tokens are not."""
    if token not in SPECIAL:
        return TokenType.NORMAL
    return TokenType.CONTROL if token.startswith("<|") else TokenType.USER_DEFINED


def _add_tensor(writer: GGUFWriter, name: str, weights: Array, shape: Shape) -> None:
    if name.split(".")[-2] in ("q", "k"):
        weights = _paired(weights, shape.heads)
    if weights.ndim == 1:  # norms stay as they are
        writer.add_tensor(named(name), weights)
    else:
        kind = GGMLQuantizationType.Q8_0
        writer.add_tensor(named(name), quantize(weights, kind), raw_dtype=kind)


def named(name: str) -> str:
    """What GGUF calls a tensor."""
    if name in _WHOLE:
        return _WHOLE[name]
    _, layer, part, _ = name.split(".")
    return f"blk.{layer}.{_PARTS[part]}.weight"


def _paired(weights: Array, heads: int) -> Array:
    """Rows (n, n + half) of a head side by side, as llama.cpp turns them."""
    rows, columns = weights.shape
    halves = weights.reshape(heads, 2, rows // heads // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def _shared(text: str) -> tuple[Path, float]:
    name, _, share = text.rpartition("=")
    path = Path(name)
    try:
        if not 0 < float(share) < 1:
            raise ValueError
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: say FILE=SHARE, with a share between 0 and 1") from None
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name!r} to take the mean with")
    return path, float(share)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument(
        "--mean",
        type=_shared,
        action="append",
        default=[],
        metavar="FILE=SHARE",
        help="write a mean: the share of WORK/start.pt or of a copy of an earlier checkpoint.pt in it; may be repeated",
    )
    chosen = parser.parse_args()
    if sum(share for _, share in chosen.mean) >= 1:
        parser.error("the shares of --mean leave nothing for WORK/checkpoint.pt: they must sum to less than 1")
    export(chosen.work, chosen.model, chosen.mean)
