"""Random-weight GGUF models for tests: real files for llama.cpp, half a megabyte, made in a moment.

They know nothing, but they write readable characters and end their answers. The same file every time.
"""

from pathlib import Path

import numpy as np
from gguf import GGUFWriter, PoolingType, TokenType
from numpy.typing import NDArray

__all__ = ("tiny_chat_gguf", "tiny_embedding_gguf", "tiny_rerank_gguf")

Array = NDArray[np.float32]

CONTEXT, WIDTH, HEADS, LAYERS, INNER = 4096, 64, 4, 2, 128
SPECIAL = ("<|end|>", "<|im_start|>", "<|im_end|>")
END, _, END_OF_TURN = range(256, 256 + len(SPECIAL))
VOCABULARY = 256 + len(SPECIAL)

CHAT_TEMPLATE = """\
{%- if tools %}<|im_start|>system
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
Call a tool like this: <tool_call>{"name": …, "arguments": …}</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": {{ call.function.name | tojson }}, "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""


def tiny_chat_gguf(folder: Path, name: str = "tiny-chat") -> Path:
    """A model that chats, with tools, in 4,096 tokens; a token is a byte."""
    writer = _writer(folder / f"{name}.gguf", name)
    writer.add_chat_template(CHAT_TEMPLATE)
    return _written(writer, folder / f"{name}.gguf")


def tiny_embedding_gguf(folder: Path, name: str = "tiny-embedding") -> Path:
    """A model that turns texts into vectors of 64 numbers, the mean over their tokens."""
    writer = _writer(folder / f"{name}.gguf", name)
    writer.add_pooling_type(PoolingType.MEAN)
    return _written(writer, folder / f"{name}.gguf")


def tiny_rerank_gguf(folder: Path, name: str = "tiny-rerank") -> Path:
    """A model that scores pairs of texts."""
    writer = _writer(folder / f"{name}.gguf", name)
    writer.add_pooling_type(PoolingType.RANK)
    writer.add_sep_token_id(END)
    return _written(writer, folder / f"{name}.gguf")


def _writer(path: Path, name: str) -> GGUFWriter:
    writer = GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    _add_tokenizer(writer)
    for tensor, weights in _weights().items():
        writer.add_tensor(tensor, weights)
    return writer


def _written(writer: GGUFWriter, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokenizer(writer: GGUFWriter) -> None:
    """GPT-2's byte-level tokenizer without merges: what is no special token is bytes."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([*_byte_letters(), *SPECIAL])
    writer.add_token_types([TokenType.NORMAL] * 256 + [TokenType.CONTROL] * len(SPECIAL))
    writer.add_token_merges(["À Á"])  # llama.cpp insists on one; UTF-8 never has these two bytes
    writer.add_eos_token_id(END_OF_TURN)
    writer.add_bos_token_id(END)
    writer.add_add_bos_token(False)


def _byte_letters() -> list[str]:
    """The letter that GPT-2 writes for each byte: itself where it can be seen, else one from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    hidden = iter(range(0x100, 0x200))
    return [chr(byte if byte in visible else next(hidden)) for byte in range(256)]


def _weights() -> dict[str, Array]:
    rng = np.random.default_rng(0)
    embeddings = _random(rng, VOCABULARY, WIDTH)
    embeddings[:, 0] = 3  # the same for every token, so that the output layer can use it as a bias
    weights = {
        "token_embd.weight": embeddings,
        "output_norm.weight": np.ones(WIDTH, np.float32),
        "output.weight": _output(rng),
    }
    for layer in range(LAYERS):
        weights |= {f"blk.{layer}.{name}.weight": tensor for name, tensor in _layer(rng).items()}
    return weights


def _layer(rng: np.random.Generator) -> dict[str, Array]:
    square = {name: _random(rng, WIDTH, WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
    norms = {name: np.ones(WIDTH, np.float32) for name in ("attn_norm", "ffn_norm")}
    up = {name: _random(rng, INNER, WIDTH) for name in ("ffn_gate", "ffn_up")}
    return square | norms | up | {"ffn_down": _random(rng, WIDTH, INNER)}


def _output(rng: np.random.Generator) -> Array:
    """Letters are likely, other readable characters less so, the end of the answer now and then, the rest never."""
    output = _random(rng, VOCABULARY, WIDTH) * np.float32(0.5)
    output[:, 0] = -6
    output[[*range(0x20, 0x7F)], 0] = -0.4
    output[[*b"  eeaionrtsl", END_OF_TURN], 0] = 0
    return output


def _random(rng: np.random.Generator, rows: int, columns: int) -> Array:
    matrix: Array = rng.standard_normal((rows, columns), np.float32) / np.float32(np.sqrt(columns))
    return matrix
