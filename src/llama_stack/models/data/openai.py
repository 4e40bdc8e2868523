"""OpenAI's models behind its API."""

from functools import partial

from ..entry import CatalogueModel, Family

__all__ = ("FAMILIES",)

_SOURCE = "LiteLLM 1.109.1's list, from platform.openai.com/docs/models"
_CHECKED = "2026-11-23"

_row = partial(CatalogueModel, is_open=False, tools=True, structured_output=True, input_modalities=("text", "image"))
_4 = partial(_row, family="gpt-4", context_length=128_000)
_4_1 = partial(_row, family="gpt-4", context_length=1_047_576)
_o = partial(_row, family="openai-o", context_length=200_000, reasoning=True)
_5 = partial(_row, family="gpt-5", context_length=400_000, reasoning=True)
_5_long = partial(_5, context_length=1_050_000)
_6 = partial(_row, family="gpt-6", context_length=1_050_000, reasoning=True)
_embedding = partial(
    CatalogueModel, family="openai-embedding", model_type="embedding", is_open=False, context_length=8191
)

FAMILIES = (
    Family(
        name="gpt-4",
        maker="OpenAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            CatalogueModel(
                name="gpt-3.5-turbo",
                family="gpt-4",
                is_open=False,
                context_length=16_385,
                tools=True,
                aliases=("gpt-3.5-turbo-0125", "gpt-3.5-turbo-1106", "gpt-3.5-turbo-16k"),
            ),
            CatalogueModel(
                name="gpt-4",
                family="gpt-4",
                is_open=False,
                context_length=8192,
                tools=True,
                aliases=("gpt-4-0613",),
            ),
            _4(name="gpt-4-turbo", structured_output=None),
            _4(name="gpt-4o", aliases=("chatgpt-4o-latest",)),
            _4(name="gpt-4o-mini"),
            _4_1(name="gpt-4.1"),
            _4_1(name="gpt-4.1-mini"),
            _4_1(name="gpt-4.1-nano"),
        ),
    ),
    Family(
        name="openai-o",
        maker="OpenAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _o(name="o1"),
            _o(name="o1-pro"),
            _o(name="o3"),
            _o(name="o3-pro"),
            _o(name="o3-mini", input_modalities=("text",)),
            _o(name="o4-mini"),
        ),
    ),
    Family(
        name="gpt-5",
        maker="OpenAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _5(name="gpt-5"),
            _5(name="gpt-5-mini"),
            _5(name="gpt-5-nano"),
            _5(name="gpt-5-pro"),
            _5(name="gpt-5-codex"),
            _5(name="gpt-5.1"),
            _5(name="gpt-5.1-codex"),
            _5(name="gpt-5.1-codex-max"),
            _5(name="gpt-5.1-codex-mini"),
            _5(name="gpt-5.2"),
            _5(name="gpt-5.2-pro"),
            _5(name="gpt-5.2-codex"),
            _5(name="gpt-5.3-codex"),
            _5_long(name="gpt-5.4"),
            _5_long(name="gpt-5.4-pro", structured_output=None),
            _5(name="gpt-5.4-mini"),
            _5(name="gpt-5.4-nano"),
            _5_long(name="gpt-5.5"),
            _5_long(name="gpt-5.5-pro", structured_output=None),
            _5_long(name="gpt-5.6"),
            _5_long(name="gpt-5.6-sol"),
            _5_long(name="gpt-5.6-terra"),
            _5_long(name="gpt-5.6-luna"),
        ),
    ),
    Family(
        name="gpt-6",
        maker="OpenAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _6(name="gpt-6-astra"),
            _6(name="gpt-6-sol"),
            _6(name="gpt-6-luna"),
            _6(name="gpt-6.1-sol"),
            _6(name="gpt-6.1-terra"),
        ),
    ),
    Family(
        name="openai-embedding",
        maker="OpenAI",
        source=_SOURCE,
        checked=_CHECKED,
        models=(
            _embedding(name="text-embedding-3-small", embedding_dimension=1536),
            _embedding(name="text-embedding-3-large", embedding_dimension=3072),
            _embedding(name="text-embedding-ada-002", embedding_dimension=1536),
        ),
    ),
)
