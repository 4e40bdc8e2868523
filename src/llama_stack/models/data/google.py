"""Google's models behind its API."""

from functools import partial

from ..entry import CatalogueModel, Family

__all__ = ("FAMILIES",)

_row = partial(
    CatalogueModel,
    family="gemini",
    is_open=False,
    context_length=1_048_576,
    input_modalities=("text", "image", "audio", "video"),
    tools=True,
    structured_output=True,
    reasoning=True,
)
_embedding = partial(CatalogueModel, family="gemini-embedding", model_type="embedding", is_open=False)

FAMILIES = (
    Family(
        name="gemini",
        maker="Google",
        source="LiteLLM 1.109.1's list, from ai.google.dev",
        checked="2026-11-23",
        models=(
            _row(name="gemini-2.5-pro"),
            _row(name="gemini-2.5-flash"),
            _row(name="gemini-2.5-flash-lite"),
            _row(name="gemini-3-flash-preview"),
            _row(name="gemini-3.1-pro-preview", aliases=("gemini-3.1-pro-preview-customtools",)),
            _row(name="gemini-3.1-flash-lite", aliases=("gemini-3.1-flash-lite-preview",)),
            _row(name="gemini-3.5-flash"),
            _row(name="gemini-3.5-flash-lite"),
            _row(name="gemini-3.6-flash"),
            _row(name="gemini-3.7-flash"),
            _row(name="gemini-3.8-flash"),
            _row(name="gemini-4-argon"),
        ),
    ),
    Family(
        name="gemini-embedding",
        maker="Google",
        source="LiteLLM 1.109.1's list and mteb 2.26.24's",
        checked="2026-11-23",
        models=(
            _embedding(name="gemini-embedding-001", context_length=2048, embedding_dimension=3072),
            _embedding(
                name="gemini-embedding-2",
                context_length=8192,
                embedding_dimension=3072,
                input_modalities=("text", "image", "audio"),
                aliases=("gemini-embedding-2-preview",),
            ),
            _embedding(name="text-embedding-004", context_length=2048, embedding_dimension=768),
            _embedding(name="text-embedding-005", context_length=2048, embedding_dimension=768),
        ),
    ),
)
