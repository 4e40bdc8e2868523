"""Cohere's Command models, and its embedding and reranking models behind the API."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_shape = partial(Architecture, head_size=128, vocab=256_000, tied=True)
_R = _shape(layers=40, hidden=8192, heads=64, kv_heads=8, ffn=24576)
_R_PLUS = _shape(layers=64, hidden=12288, heads=96, kv_heads=8, ffn=33792)
# Three layers of four look back over 4096 tokens only.
_R7B = _shape(layers=32, hidden=4096, heads=32, kv_heads=8, ffn=14336, window=4096, full_layers=8)
_A = _shape(layers=64, hidden=12288, heads=96, kv_heads=8, ffn=36864, window=4096, full_layers=16)

_row = partial(
    CatalogueModel,
    family="command",
    context_length=131_072,
    tokenizer="cohere",
    tools=True,
    license="cc-by-nc-4.0",
)
_api = partial(CatalogueModel, family="cohere-api", is_open=False)
_embed = partial(_api, model_type="embedding", context_length=512)
_rerank = partial(_api, model_type="rerank")

FAMILIES = (
    Family(
        name="command",
        maker="Cohere",
        source="the models' cards",
        checked="2026-11-23",
        models=(
            _row(
                name="CohereLabs/c4ai-command-r7b-12-2024",
                parameters=8_027_901_952,
                architecture=_R7B,
                aliases=(
                    "CohereForAI/c4ai-command-r7b-12-2024",
                    "command-r7b-12-2024",
                    "command-r7b",
                    "command-r7b:7b",
                ),
            ),
            _row(
                name="CohereLabs/c4ai-command-r-08-2024",
                parameters=32_296_476_672,
                architecture=_R,
                gguf="bartowski/c4ai-command-r-08-2024-GGUF",
                aliases=("CohereForAI/c4ai-command-r-08-2024", "command-r-08-2024", "command-r", "command-r:35b"),
            ),
            _row(
                name="CohereLabs/c4ai-command-r-plus-08-2024",
                parameters=103_810_674_688,
                architecture=_R_PLUS,
                aliases=(
                    "CohereForAI/c4ai-command-r-plus-08-2024",
                    "command-r-plus-08-2024",
                    "command-r-plus",
                    "command-r-plus:104b",
                ),
            ),
            _row(
                name="CohereLabs/c4ai-command-a-03-2025",
                parameters=111_057_580_032,
                context_length=262_144,
                architecture=_A,
                aliases=(
                    "CohereForAI/c4ai-command-a-03-2025",
                    "command-a-03-2025",
                    "command-a",
                    "command-a:111b",
                    "cohere-command-a",
                ),
            ),
        ),
    ),
    Family(
        name="cohere-api",
        maker="Cohere",
        source="LiteLLM 1.109.1's list and mteb 2.26.24's",
        checked="2026-11-23",
        models=(
            _api(
                name="command-a-plus-05-2026",
                context_length=128_000,
                input_modalities=("text", "image"),
                tools=True,
                structured_output=True,
                reasoning=True,
                aliases=("Cohere-command-a-plus-05-2026",),
            ),
            _embed(name="embed-english-v3.0", embedding_dimension=1024, aliases=("cohere.embed-english-v3",)),
            _embed(name="embed-english-light-v3.0", embedding_dimension=384),
            _embed(name="embed-multilingual-v3.0", embedding_dimension=1024, aliases=("cohere.embed-multilingual-v3",)),
            _embed(name="embed-multilingual-light-v3.0", embedding_dimension=384),
            _embed(
                name="embed-v4.0",
                context_length=128_000,
                embedding_dimension=1536,
                input_modalities=("text", "image"),
                aliases=("cohere.embed-v4:0",),
            ),
            _rerank(name="rerank-v3.5", context_length=4096, aliases=("cohere.rerank-v3-5:0",)),
            _rerank(name="rerank-v4.0-fast", context_length=32_768),
            _rerank(name="rerank-v4.0-pro", context_length=32_768),
        ),
    ),
)
