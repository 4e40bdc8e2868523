"""Models behind the APIs of xAI, Amazon, Meta, Perplexity and Voyage."""

from functools import partial

from ..entry import CatalogueModel, Family

__all__ = ("FAMILIES",)

_SOURCE = "LiteLLM 1.109.1's list, from the makers' documentation"
_CHECKED = "2026-11-23"

_row = partial(CatalogueModel, is_open=False)
_grok = partial(
    _row,
    family="grok",
    input_modalities=("text", "image"),
    tools=True,
    structured_output=True,
    reasoning=True,
)
_nova = partial(_row, family="nova", input_modalities=("text", "image"), tools=True, structured_output=True)
_titan = partial(_row, family="titan-embed", model_type="embedding", context_length=8192)
_muse = partial(
    _row,
    family="muse",
    context_length=1_048_576,
    input_modalities=("text", "image"),
    tools=True,
    structured_output=True,
    reasoning=True,
)
_sonar = partial(_row, family="sonar", context_length=128_000)
# Most of them make vectors of several lengths, on request; the longest is not clear for all.
_voyage = partial(_row, family="voyage", model_type="embedding", context_length=32_000)
_voyage_rerank = partial(_row, family="voyage", model_type="rerank", context_length=32_000)

FAMILIES = (
    Family(
        name="grok",
        maker="xAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _grok(name="grok-code-fast-1", context_length=256_000, aliases=("grok-code-fast",)),
            _grok(name="grok-4.20", context_length=1_000_000, aliases=("grok-4.20-reasoning",)),
            _grok(name="grok-4.20-non-reasoning", context_length=1_000_000, reasoning=None),
            _grok(name="grok-4.3", context_length=1_000_000, aliases=("grok-4.3-latest",)),
            _grok(name="grok-4.5", context_length=500_000, aliases=("grok-4.5-latest",)),
            _grok(name="grok-4.6", context_length=500_000),
            _grok(name="grok-4.7", context_length=500_000),
        ),
    ),
    Family(
        name="nova",
        maker="Amazon",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _nova(name="amazon.nova-micro-v1:0", context_length=128_000, input_modalities=("text",)),
            _nova(name="amazon.nova-lite-v1:0", context_length=300_000),
            _nova(name="amazon.nova-pro-v1:0", context_length=300_000),
            _nova(name="amazon.nova-premier-v1:0", context_length=1_000_000),
            _nova(
                name="amazon.nova-2-lite-v1:0",
                context_length=1_000_000,
                input_modalities=("text", "image", "video"),
                reasoning=True,
            ),
        ),
    ),
    Family(
        name="titan-embed",
        maker="Amazon",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _titan(name="amazon.titan-embed-text-v1", embedding_dimension=1536),
            _titan(name="amazon.titan-embed-text-v2:0", embedding_dimension=1024),
        ),
    ),
    Family(
        name="muse",
        maker="Meta",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _muse(name="muse-spark-1.1"),
            _muse(name="muse-spark-1.2"),
            _muse(name="muse-spark-1.3"),
            _muse(name="muse-wonder-1.0"),
        ),
    ),
    Family(
        name="sonar",
        maker="Perplexity",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _sonar(name="sonar"),
            _sonar(name="sonar-pro", context_length=200_000),
            _sonar(name="sonar-reasoning-pro", reasoning=True),
        ),
    ),
    Family(
        name="voyage",
        maker="Voyage AI",
        source=f"{_SOURCE}; mteb 2.26.24's list",
        checked=_CHECKED,
        models=(
            _voyage(name="voyage-3-large"),
            _voyage(name="voyage-3.5"),
            _voyage(name="voyage-code-3"),
            _voyage(name="voyage-3-lite", embedding_dimension=512),
            _voyage(name="voyage-4-large"),
            _voyage(name="voyage-4"),
            _voyage(name="voyage-4-lite"),
            _voyage_rerank(name="rerank-2.5"),
            _voyage_rerank(name="rerank-2.5-lite"),
        ),
    ),
)
