"""Open models that turn texts into vectors."""

from functools import partial

from ..entry import CatalogueModel, Family
from .qwen3 import QWEN3_0_6B, QWEN3_4B

__all__ = ("FAMILIES",)

_SOURCE = "mteb 2.26.24's list of models, from their repositories"
_CHECKED = "2026-11-23"

_row = partial(CatalogueModel, model_type="embedding", context_length=512, license="mit")
_minilm = partial(_row, family="sentence-transformers", context_length=256, tokenizer="bert", license="apache-2.0")
_nomic = partial(_row, family="nomic-embed", context_length=8192, embedding_dimension=768, license="apache-2.0")
_bge = partial(_row, family="bge", tokenizer="bert")
_e5 = partial(_row, family="e5")
_gte = partial(_row, family="gte", tokenizer="bert")
_mxbai = partial(_row, family="mxbai-embed", tokenizer="bert", license="apache-2.0")
_arctic = partial(_row, family="arctic-embed", license="apache-2.0")
_granite = partial(_row, family="granite-embedding", license="apache-2.0")
_qwen = partial(_row, family="qwen3-embedding", context_length=32_768, tokenizer="qwen2", license="apache-2.0")
_jina = partial(_row, family="jina-embeddings", context_length=8192, license="apache-2.0")

FAMILIES = (
    Family(
        name="sentence-transformers",
        maker="UKP Lab",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _minilm(
                name="sentence-transformers/all-MiniLM-L6-v2",
                parameters=22_713_216,
                embedding_dimension=384,
                aliases=("all-minilm", "all-minilm:22m", "all-minilm:l6-v2"),
            ),
            _minilm(
                name="sentence-transformers/all-MiniLM-L12-v2",
                parameters=33_360_000,
                embedding_dimension=384,
                aliases=("all-minilm:33m", "all-minilm:l12-v2"),
            ),
            _minilm(
                name="sentence-transformers/all-mpnet-base-v2",
                parameters=109_486_464,
                context_length=384,
                embedding_dimension=768,
            ),
            _minilm(
                name="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
                parameters=117_653_760,
                context_length=None,  # its own limit is shorter than what it was made from; sources differ
                embedding_dimension=384,
            ),
            _minilm(
                name="sentence-transformers/paraphrase-multilingual-mpnet-base-v2",
                parameters=278_043_648,
                context_length=None,
                embedding_dimension=768,
                aliases=("paraphrase-multilingual", "paraphrase-multilingual:278m"),
            ),
        ),
    ),
    Family(
        name="nomic-embed",
        maker="Nomic AI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _nomic(name="nomic-ai/nomic-embed-text-v1", parameters=136_731_648),
            _nomic(
                name="nomic-ai/nomic-embed-text-v1.5",
                parameters=136_731_648,
                aliases=("nomic-embed-text", "nomic-embed-text:137m-v1.5"),
            ),
            _nomic(
                name="nomic-ai/nomic-embed-text-v2-moe",
                parameters=475_292_928,
                context_length=512,
                aliases=("nomic-embed-text-v2-moe",),
            ),
            _nomic(name="nomic-ai/modernbert-embed-base", parameters=149_014_272),
            _nomic(
                name="nomic-ai/nomic-embed-code",
                parameters=7_070_619_136,
                context_length=32_768,
                embedding_dimension=3584,
            ),
        ),
    ),
    Family(
        name="bge",
        maker="BAAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _bge(name="BAAI/bge-small-en-v1.5", parameters=33_400_000, embedding_dimension=384),
            _bge(name="BAAI/bge-base-en-v1.5", parameters=109_000_000, embedding_dimension=768),
            _bge(
                name="BAAI/bge-large-en-v1.5",
                parameters=335_000_000,
                embedding_dimension=1024,
                aliases=("bge-large", "bge-large:335m"),
            ),
            _bge(name="BAAI/bge-small-zh-v1.5", parameters=None, embedding_dimension=512),
            _bge(name="BAAI/bge-base-zh-v1.5", parameters=None, embedding_dimension=768),
            _bge(name="BAAI/bge-large-zh-v1.5", parameters=None, embedding_dimension=1024),
            _bge(
                name="BAAI/bge-m3",
                parameters=568_000_000,
                context_length=8192,
                tokenizer="xlm-roberta",
                embedding_dimension=1024,
                aliases=("bge-m3:567m",),
            ),
            _bge(
                name="BAAI/bge-multilingual-gemma2",
                parameters=9_240_000_000,
                context_length=8192,
                tokenizer="gemma",
                embedding_dimension=3584,
                license="gemma",
            ),
        ),
    ),
    Family(
        name="e5",
        maker="Microsoft",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _e5(name="intfloat/e5-small-v2", parameters=33_000_000, tokenizer="bert", embedding_dimension=384),
            _e5(name="intfloat/e5-base-v2", parameters=109_000_000, tokenizer="bert", embedding_dimension=768),
            _e5(name="intfloat/e5-large-v2", parameters=335_000_000, tokenizer="bert", embedding_dimension=1024),
            _e5(
                name="intfloat/multilingual-e5-small",
                parameters=118_000_000,
                tokenizer="xlm-roberta",
                embedding_dimension=384,
            ),
            _e5(
                name="intfloat/multilingual-e5-base",
                parameters=278_000_000,
                tokenizer="xlm-roberta",
                embedding_dimension=768,
            ),
            _e5(
                name="intfloat/multilingual-e5-large",
                parameters=560_000_000,
                tokenizer="xlm-roberta",
                embedding_dimension=1024,
            ),
            _e5(
                name="intfloat/multilingual-e5-large-instruct",
                parameters=560_000_000,
                tokenizer="xlm-roberta",
                embedding_dimension=1024,
            ),
            _e5(
                name="intfloat/e5-mistral-7b-instruct",
                parameters=7_111_000_000,
                context_length=32_768,
                tokenizer="mistral",
                embedding_dimension=4096,
            ),
        ),
    ),
    Family(
        name="gte",
        maker="Alibaba",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _gte(name="thenlper/gte-small", parameters=33_360_512, embedding_dimension=384),
            _gte(name="thenlper/gte-base", parameters=109_482_752, embedding_dimension=768),
            _gte(name="thenlper/gte-large", parameters=335_142_400, embedding_dimension=1024),
            _gte(
                name="Alibaba-NLP/gte-base-en-v1.5",
                parameters=136_776_192,
                context_length=8192,
                embedding_dimension=768,
                license="apache-2.0",
            ),
            _gte(
                name="Alibaba-NLP/gte-multilingual-base",
                parameters=305_368_320,
                context_length=8192,
                tokenizer="xlm-roberta",
                embedding_dimension=768,
                license="apache-2.0",
            ),
            _gte(
                name="Alibaba-NLP/gte-modernbert-base",
                parameters=149_014_272,
                context_length=8192,
                tokenizer="modernbert",
                embedding_dimension=768,
                license="apache-2.0",
            ),
            _gte(
                name="Alibaba-NLP/gte-Qwen2-7B-instruct",
                parameters=7_069_121_024,
                context_length=32_768,
                tokenizer="qwen2",
                embedding_dimension=3584,
                license="apache-2.0",
            ),
        ),
    ),
    Family(
        name="mxbai-embed",
        maker="Mixedbread",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _mxbai(
                name="mixedbread-ai/mxbai-embed-large-v1",
                parameters=335_141_888,
                embedding_dimension=1024,
                aliases=("mxbai-embed-large", "mxbai-embed-large:335m"),
            ),
            _mxbai(name="mixedbread-ai/mxbai-embed-xsmall-v1", parameters=24_089_472, embedding_dimension=384),
        ),
    ),
    Family(
        name="arctic-embed",
        maker="Snowflake",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _arctic(
                name="Snowflake/snowflake-arctic-embed-xs",
                parameters=22_713_216,
                embedding_dimension=384,
                aliases=("snowflake-arctic-embed:22m",),
            ),
            _arctic(
                name="Snowflake/snowflake-arctic-embed-s",
                parameters=33_360_000,
                embedding_dimension=384,
                aliases=("snowflake-arctic-embed:33m",),
            ),
            _arctic(
                name="Snowflake/snowflake-arctic-embed-m",
                parameters=109_482_240,
                embedding_dimension=768,
                aliases=("snowflake-arctic-embed:110m",),
            ),
            _arctic(
                name="Snowflake/snowflake-arctic-embed-l",
                parameters=335_141_888,
                embedding_dimension=1024,
                aliases=("snowflake-arctic-embed", "snowflake-arctic-embed:335m"),
            ),
            _arctic(
                name="Snowflake/snowflake-arctic-embed-m-v2.0",
                parameters=305_000_000,
                context_length=8192,
                embedding_dimension=768,
            ),
            _arctic(
                name="Snowflake/snowflake-arctic-embed-l-v2.0",
                parameters=567_754_752,
                context_length=8192,
                embedding_dimension=1024,
                aliases=("snowflake-arctic-embed2", "snowflake-arctic-embed2:568m"),
            ),
        ),
    ),
    Family(
        name="granite-embedding",
        maker="IBM",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _granite(
                name="ibm-granite/granite-embedding-30m-english",
                parameters=30_295_296,
                embedding_dimension=384,
                aliases=("granite-embedding", "granite-embedding:30m"),
            ),
            _granite(
                name="ibm-granite/granite-embedding-125m-english", parameters=124_645_632, embedding_dimension=768
            ),
            _granite(
                name="ibm-granite/granite-embedding-278m-multilingual",
                parameters=278_043_648,
                embedding_dimension=768,
                aliases=("granite-embedding:278m",),
            ),
            _granite(
                name="ibm-granite/granite-embedding-english-r2",
                parameters=149_014_272,
                context_length=8192,
                embedding_dimension=768,
            ),
        ),
    ),
    Family(
        name="embeddinggemma",
        maker="Google",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _row(
                name="google/embeddinggemma-300m",
                family="embeddinggemma",
                parameters=307_581_696,
                context_length=2048,
                tokenizer="gemma",
                embedding_dimension=768,
                license="gemma",
                aliases=("embeddinggemma", "embeddinggemma:300m"),
            ),
            _row(
                name="google/embeddinggemma-2",
                family="embeddinggemma",
                parameters=271_002_624,
                context_length=8192,
                tokenizer="gemma",
                embedding_dimension=768,
                license="gemma",
            ),
        ),
    ),
    Family(
        name="qwen3-embedding",
        maker="Alibaba",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _qwen(
                name="Qwen/Qwen3-Embedding-0.6B",
                parameters=595_776_512,
                architecture=QWEN3_0_6B,
                embedding_dimension=1024,
                aliases=("qwen3-embedding:0.6b",),
            ),
            _qwen(
                name="Qwen/Qwen3-Embedding-4B",
                parameters=4_021_774_336,
                architecture=QWEN3_4B,
                embedding_dimension=2560,
                aliases=("qwen3-embedding:4b",),
            ),
            _qwen(
                name="Qwen/Qwen3-Embedding-8B",
                parameters=7_567_295_488,
                embedding_dimension=4096,
                aliases=("qwen3-embedding", "qwen3-embedding:8b"),
            ),
        ),
    ),
    Family(
        name="jina-embeddings",
        maker="Jina AI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _jina(name="jinaai/jina-embeddings-v2-small-en", parameters=32_690_688, embedding_dimension=512),
            _jina(name="jinaai/jina-embeddings-v2-base-en", parameters=137_368_320, embedding_dimension=768),
            _jina(
                name="jinaai/jina-embeddings-v3",
                parameters=572_310_396,
                embedding_dimension=1024,
                license="cc-by-nc-4.0",
            ),
            _jina(
                name="jinaai/jina-embeddings-v5-text-small",
                parameters=596_049_920,
                context_length=32_768,
                embedding_dimension=1024,
                license="cc-by-nc-4.0",
            ),
            _jina(
                name="jinaai/jina-embeddings-v5-text-nano",
                parameters=211_766_016,
                embedding_dimension=768,
                license="cc-by-nc-4.0",
            ),
        ),
    ),
)
