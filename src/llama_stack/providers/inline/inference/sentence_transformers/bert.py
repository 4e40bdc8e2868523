"""BERT as an ONNX graph, from a checkpoint's weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .....apis.errors import UnavailableError
from .graph import FLOAT, INT64, Graph
from .weights import Weights

__all__ = ("FAMILY", "bert_graph")

FAMILY = ("bert", "roberta", "xlm-roberta", "camembert")  # the `model_type`s of one shape

_ACTIVATIONS = {
    "gelu": ("Gelu", {}),
    "gelu_new": ("Gelu", {"approximate": "tanh"}),
    "gelu_pytorch_tanh": ("Gelu", {"approximate": "tanh"}),
    "relu": ("Relu", {}),
}


def bert_graph(config: Mapping[str, Any], weights: Weights) -> tuple[bytes, Weights]:
    """`input_ids` and `attention_mask` to `last_hidden_state`: the graph, and the tensors to load it with."""
    return _Bert(config, weights).build()


class _Bert:
    def __init__(self, config: Mapping[str, Any], weights: Weights) -> None:
        _check(config)
        self.config, self.weights, self.graph = config, weights, Graph()
        self.prefix = _prefix(weights)

    def build(self) -> tuple[bytes, Weights]:
        graph, width = self.graph, self.config["hidden_size"]
        mask = self.mask()
        hidden = self.embeddings()
        for index in range(self.config["num_hidden_layers"]):
            hidden = self.layer(f"encoder.layer.{index}.", hidden, mask)
        result = graph.node("Identity", hidden)
        encoded = graph.encode(
            {"input_ids": (INT64, ["texts", "tokens"]), "attention_mask": (INT64, ["texts", "tokens"])},
            {result: (FLOAT, ["texts", "tokens", width])},
        )
        return encoded, graph.weights

    def mask(self) -> str:
        """0 where a token is, a large negative number where there is none, to be added to attention scores."""
        graph = self.graph
        kept = graph.node("Cast", graph.node("Unsqueeze", "attention_mask", graph.constant(1, 2)), to=FLOAT)
        return graph.node("Mul", graph.node("Sub", graph.constant(1.0), kept), graph.constant(-1e9))

    def embeddings(self) -> str:
        graph = self.graph
        words = graph.node("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        # Slice, where exporters write Gather(Range): onnxruntime 1.32 breaks that when it optimizes.
        length = graph.node("Shape", "input_ids", start=1)
        positions = graph.node(
            "Slice", graph.weight("positions", self.positions()), graph.constant(0), length, graph.constant(0)
        )
        return self.norm("embeddings.LayerNorm.", graph.node("Add", words, positions))

    def positions(self) -> NDArray[np.float32]:
        """Position vectors, with that of the only segment: one text is one segment."""
        table = self.tensor("embeddings.position_embeddings.weight")
        first = 0 if self.config["model_type"] == "bert" else self.config.get("pad_token_id", 1) + 1
        segment = self.tensor("embeddings.token_type_embeddings.weight")[0]
        together: NDArray[np.float32] = table[first:] + segment
        return together

    def layer(self, name: str, hidden: str, mask: str) -> str:
        graph = self.graph
        op, attributes = _ACTIVATIONS[self.config["hidden_act"]]
        mixed = self.linear(f"{name}attention.output.dense.", self.attention(f"{name}attention.self.", hidden, mask))
        hidden = self.norm(f"{name}attention.output.LayerNorm.", graph.node("Add", mixed, hidden))
        inner = graph.node(op, self.linear(f"{name}intermediate.dense.", hidden), **attributes)
        outer = self.linear(f"{name}output.dense.", inner)
        return self.norm(f"{name}output.LayerNorm.", graph.node("Add", outer, hidden))

    def attention(self, name: str, hidden: str, mask: str) -> str:
        graph, heads = self.graph, self.config["num_attention_heads"]
        width = self.config["hidden_size"] // heads

        def split(part: str, perm: list[int]) -> str:
            shape = graph.constant(0, 0, heads, width)
            return graph.node("Transpose", graph.node("Reshape", self.linear(name + part, hidden), shape), perm=perm)

        scores = graph.node("MatMul", split("query.", [0, 2, 1, 3]), split("key.", [0, 2, 3, 1]))
        scaled = graph.node("Mul", scores, graph.constant(width**-0.5))
        shares = graph.node("Softmax", graph.node("Add", scaled, mask), axis=-1)
        mixed = graph.node("Transpose", graph.node("MatMul", shares, split("value.", [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        return graph.node("Reshape", mixed, graph.constant(0, 0, heads * width))

    def linear(self, name: str, hidden: str) -> str:
        graph = self.graph
        matrix = graph.node("Transpose", self.weight(f"{name}weight"), perm=[1, 0])  # folded when it is loaded
        return graph.node("Add", graph.node("MatMul", hidden, matrix), self.weight(f"{name}bias"))

    def norm(self, name: str, hidden: str) -> str:
        epsilon = float(self.config.get("layer_norm_eps", 1e-12))
        scale, bias = self.weight(f"{name}weight"), self.weight(f"{name}bias")
        return self.graph.node("LayerNormalization", hidden, scale, bias, epsilon=epsilon)

    def weight(self, name: str) -> str:
        return self.graph.weight(name, self.tensor(name))

    def tensor(self, name: str) -> NDArray[np.float32]:
        """A tensor of the checkpoint, under its present name or the one it had in early checkpoints."""
        early = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        for known in (name, early):
            if (tensor := self.weights.get(self.prefix + known)) is not None:
                return tensor
        raise UnavailableError(f"the model's weights lack the tensor {self.prefix}{name}")


def _check(config: Mapping[str, Any]) -> None:
    if config.get("model_type") not in FAMILY:
        kind = config.get("model_type")
        raise UnavailableError(f"a {kind!r} model needs its onnx/model.onnx; from safetensors: {', '.join(FAMILY)}")
    if config.get("position_embedding_type", "absolute") != "absolute" or config.get("hidden_act") not in _ACTIVATIONS:
        raise UnavailableError("this variant of BERT needs its onnx/model.onnx: export one, and put it in the folder")


def _prefix(weights: Weights) -> str:
    ending = "embeddings.word_embeddings.weight"
    return next((name.removesuffix(ending) for name in weights if name.endswith(ending)), "")
