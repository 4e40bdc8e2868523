"""IBM's Granite 3 and 4."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_2B = Architecture(layers=40, hidden=2048, heads=32, kv_heads=8, head_size=64, ffn=8192, vocab=49_159, tied=True)
_8B = Architecture(layers=40, hidden=4096, heads=32, kv_heads=8, head_size=128, ffn=12800, vocab=49_159, tied=True)
_MICRO = Architecture(layers=40, hidden=2560, heads=40, kv_heads=8, head_size=64, ffn=8192, vocab=100_352, tied=True)

_row = partial(CatalogueModel, context_length=131_072, tokenizer="granite", tools=True, license="apache-2.0")
_3 = partial(_row, family="granite-3")
_4 = partial(_row, family="granite-4")

FAMILIES = (
    Family(
        name="granite-3",
        maker="IBM",
        source="the models' cards",
        checked="2026-11-23",
        models=(
            _3(
                name="ibm-granite/granite-3.1-2b-instruct",
                parameters=2_533_539_840,
                architecture=_2B,
                aliases=("granite3.1-dense:2b",),
            ),
            _3(
                name="ibm-granite/granite-3.1-8b-instruct",
                parameters=8_170_864_640,
                architecture=_8B,
                aliases=("granite3.1-dense", "granite3.1-dense:8b"),
            ),
            _3(
                name="ibm-granite/granite-3.2-8b-instruct",
                parameters=8_170_864_640,
                architecture=_8B,
                reasoning=True,
                aliases=("granite3.2", "granite3.2:8b"),
            ),
            _3(
                name="ibm-granite/granite-3.3-2b-instruct",
                parameters=2_533_539_840,
                architecture=_2B,
                reasoning=True,
                aliases=("granite3.3:2b",),
            ),
            _3(
                name="ibm-granite/granite-3.3-8b-instruct",
                parameters=8_170_864_640,
                architecture=_8B,
                reasoning=True,
                gguf="ibm-granite/granite-3.3-8b-instruct-GGUF",
                aliases=("granite3.3", "granite3.3:8b", "ibm/granite-3-3-8b-instruct"),
            ),
        ),
    ),
    Family(
        name="granite-4",
        maker="IBM",
        source="the models' cards; of the hybrid ones (-h-) the shape is left out",
        checked="2026-11-23",
        models=(
            _4(
                name="ibm-granite/granite-4.0-micro",
                parameters=3_402_836_480,
                architecture=_MICRO,
                gguf="ibm-granite/granite-4.0-micro-GGUF",
                aliases=("granite4:micro",),
            ),
            _4(
                name="ibm-granite/granite-4.0-h-micro",
                parameters=3_000_000_000,
                aliases=("granite4:micro-h",),
            ),
            _4(
                name="ibm-granite/granite-4.0-h-tiny",
                parameters=7_000_000_000,
                active_parameters=1_000_000_000,
                aliases=("granite4:tiny-h",),
            ),
            _4(
                name="ibm-granite/granite-4.0-h-small",
                parameters=32_000_000_000,
                active_parameters=9_000_000_000,
                aliases=("granite4:small-h", "ibm/granite-4-h-small"),
            ),
        ),
    ),
)
