"""A loaded model: texts to tokens, tokens to embeddings. Everything here blocks, so it runs in a thread."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers

from .....apis.errors import UnavailableError
from .bert import bert_graph
from .pooling import Vectors, normalized, pooled
from .recipe import Recipe, read_recipe
from .weights import Weights, read_weights

__all__ = ("Encoder", "batches")

_FEEDS = {"input_ids", "attention_mask", "token_type_ids"}
_TOKENS_PER_TEXT = 128  # in a full batch; longer texts go in smaller batches, so that memory stays bounded


class Encoder:
    """A folder's model, ready to run; `recipe` says what it makes."""

    def __init__(self, folder: Path, *, threads: int | None) -> None:
        self.recipe = read_recipe(folder)
        self._tokenizer = _tokenizer(self.recipe)
        self._session, self._weights = _session(self.recipe, threads)
        self._feeds = {feed.name for feed in self._session.get_inputs()}
        if unknown := self._feeds - _FEEDS:
            raise UnavailableError(f"{folder}'s onnx/model.onnx wants inputs that a text does not give: {unknown}")
        self._output = _hidden_states([output.name for output in self._session.get_outputs()])

    def tokenize(self, texts: Sequence[str], prompt: str = "") -> list[list[int]]:
        """Each text's token ids, cut at the model's limit."""
        encoded = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        return [row.ids for row in encoded]

    def embed(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """One embedding for each list of tokens."""
        ids, mask = _padded(tokens)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        given = {name: array for name, array in feeds.items() if name in self._feeds}
        hidden = self._session.run([self._output], given)[0]
        vectors = pooled(hidden, mask, self.recipe.pooling)
        return normalized(vectors) if self.recipe.normalize else vectors


def batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Indices in groups of about equal length, at most `size` in each: little of a batch is padding."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == size or (len(batch) + 1) * lengths[index] > size * _TOKENS_PER_TEXT):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


# ---- loading


def _tokenizer(recipe: Recipe) -> Tokenizer:
    path = recipe.folder / "tokenizer.json"
    if not path.is_file():
        raise UnavailableError(f"the model's folder lacks {path}")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower class
        raise UnavailableError(f"{path} cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(recipe.max_tokens)
    if recipe.lower_case:
        steps = [normalizers.Lowercase(), *([tokenizer.normalizer] if tokenizer.normalizer else [])]
        tokenizer.normalizer = normalizers.Sequence(steps)
    return tokenizer


def _session(recipe: Recipe, threads: int | None) -> tuple[onnxruntime.InferenceSession, Weights]:
    """The model's own graph where it has one, else one built from its weights."""
    options = _options(threads)
    path = recipe.folder / "onnx" / "model.onnx"
    weights: Weights = {}
    graph: bytes | str = str(path)
    if not path.is_file():
        path = recipe.folder / "model.safetensors"
        if not path.is_file():
            raise UnavailableError(f"{recipe.folder} has neither onnx/model.onnx nor model.safetensors")
        graph, weights = bert_graph(recipe.config, read_weights(path))
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in weights.values()]
        options.add_external_initializers(list(weights), values)
    try:
        # The arrays are kept beside the session: not every version of the runtime makes a copy of them.
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"]), weights
    except Exception as error:  # the runtime's classes have no common base but this
        raise UnavailableError(f"{path} cannot be loaded: {error}") from error


def _options(threads: int | None) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: one for each core
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # plans are per shape, and each batch has its own
    # Idle threads sleep at once: spinning takes the cores from the server's other work.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _hidden_states(outputs: Sequence[str]) -> str:
    return next((name for name in ("last_hidden_state", "token_embeddings") if name in outputs), outputs[0])


def _padded(tokens: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ids = np.zeros((len(tokens), max(1, *map(len, tokens))), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, text in enumerate(tokens):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    return ids, mask
