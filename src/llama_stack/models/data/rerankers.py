"""Open models that put documents in order."""

from functools import partial

from ..entry import CatalogueModel, Family
from .qwen3 import QWEN3_0_6B, QWEN3_4B

__all__ = ("FAMILIES",)

_SOURCE = "mteb 2.26.24's and xinference 4.1.0's lists of models, from their repositories"
_CHECKED = "2026-11-23"

_row = partial(CatalogueModel, model_type="rerank", license="apache-2.0")
_bge = partial(_row, family="bge-reranker", context_length=512, tokenizer="xlm-roberta", license="mit")
_qwen = partial(_row, family="qwen3-reranker", context_length=32_768, tokenizer="qwen2")
_jina = partial(_row, family="jina-reranker", license="cc-by-nc-4.0")
_mxbai = partial(_row, family="mxbai-rerank", context_length=512)
_ms_marco = partial(_row, family="ms-marco", context_length=512, tokenizer="bert")

FAMILIES = (
    Family(
        name="bge-reranker",
        maker="BAAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _bge(name="BAAI/bge-reranker-base"),
            _bge(name="BAAI/bge-reranker-large"),
            _bge(
                name="BAAI/bge-reranker-v2-m3",
                parameters=568_000_000,
                context_length=8192,
                license="apache-2.0",
            ),
            _bge(name="BAAI/bge-reranker-v2-gemma", context_length=8192, tokenizer="gemma", license=None),
        ),
    ),
    Family(
        name="qwen3-reranker",
        maker="Alibaba",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _qwen(name="Qwen/Qwen3-Reranker-0.6B", parameters=595_776_512, architecture=QWEN3_0_6B),
            _qwen(name="Qwen/Qwen3-Reranker-4B", parameters=4_021_784_576, architecture=QWEN3_4B),
            _qwen(name="Qwen/Qwen3-Reranker-8B", parameters=8_188_548_096),
        ),
    ),
    Family(
        name="jina-reranker",
        maker="Jina AI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _jina(name="jinaai/jina-reranker-v2-base-multilingual", context_length=1024),
            _jina(name="jinaai/jina-reranker-v3", parameters=596_836_352, context_length=131_072),
            _jina(name="jinaai/jina-reranker-m0", context_length=10_240, input_modalities=("text", "image")),
        ),
    ),
    Family(
        name="mxbai-rerank",
        maker="Mixedbread",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _mxbai(name="mixedbread-ai/mxbai-rerank-xsmall-v1", parameters=70_830_337),
            _mxbai(name="mixedbread-ai/mxbai-rerank-base-v1", parameters=184_422_913),
            _mxbai(name="mixedbread-ai/mxbai-rerank-large-v1", parameters=435_062_785),
            _mxbai(name="mixedbread-ai/mxbai-rerank-base-v2", parameters=494_032_768, context_length=32_768),
            _mxbai(name="mixedbread-ai/mxbai-rerank-large-v2", parameters=1_543_714_304, context_length=32_768),
        ),
    ),
    Family(
        name="ms-marco",
        maker="UKP Lab",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _ms_marco(
                name="cross-encoder/ms-marco-MiniLM-L6-v2",
                parameters=22_713_601,
                aliases=("cross-encoder/ms-marco-MiniLM-L-6-v2",),
            ),
            _ms_marco(
                name="cross-encoder/ms-marco-MiniLM-L12-v2",
                parameters=33_360_385,
                aliases=("cross-encoder/ms-marco-MiniLM-L-12-v2",),
            ),
        ),
    ),
)
