"""Anthropic's models behind its API."""

from functools import partial

from ..entry import CatalogueModel, Family

__all__ = ("FAMILIES",)

_row = partial(
    CatalogueModel,
    family="claude",
    is_open=False,
    context_length=1_000_000,
    input_modalities=("text", "image"),
    tools=True,
    structured_output=True,
    reasoning=True,
)
_200k = partial(_row, context_length=200_000)

FAMILIES = (
    Family(
        name="claude",
        maker="Anthropic",
        source="LiteLLM 1.109.1's list, from docs.anthropic.com",
        checked="2026-11-23",
        models=(
            _200k(name="claude-haiku-4-5"),
            _200k(name="claude-sonnet-4-5"),
            _200k(name="claude-opus-4-5"),
            _row(name="claude-sonnet-4-6"),
            _row(name="claude-opus-4-6"),
            _row(name="claude-opus-4-7"),
            _row(name="claude-opus-4-8"),
            _row(name="claude-sonnet-5"),
            _row(name="claude-opus-5"),
            _row(name="claude-fable-5"),
            _row(name="claude-fable-5-1"),
            _row(name="claude-mythos-5"),
            _row(name="claude-mythos-5-1"),
            _row(name="claude-haiku-5-5"),
            _row(name="claude-sonnet-5-5"),
            _row(name="claude-opus-5-5"),
        ),
    ),
)
