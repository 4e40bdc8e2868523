"""Z.ai's GLM 4 and 5."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family, Latent

__all__ = ("FAMILIES",)

_glm = partial(CatalogueModel, tokenizer="glm-4", tools=True, license="mit")
_glm4 = partial(Architecture, kv_heads=2, head_size=128, vocab=151_552, tied=False)
_GLM_4_5 = Architecture(
    layers=92,
    hidden=5120,
    heads=96,
    kv_heads=8,
    head_size=128,
    ffn=12288,
    vocab=151_552,
    tied=False,
    rope_theta=1e6,
    experts=160,
    experts_used=8,
    expert_ffn=1536,
    shared_ffn=1536,
    dense_layers=3,
)
_GLM_4_5_AIR = Architecture(
    layers=46,
    hidden=4096,
    heads=96,
    kv_heads=8,
    head_size=128,
    ffn=10944,
    vocab=151_552,
    tied=False,
    rope_theta=1e6,
    experts=128,
    experts_used=8,
    expert_ffn=1408,
    shared_ffn=1408,
    dense_layers=1,
)
_GLM_4_7_FLASH = Architecture(
    layers=47,
    hidden=2048,
    heads=20,
    kv_heads=20,
    head_size=64,
    ffn=10240,
    vocab=154_880,
    tied=False,
    experts=64,
    experts_used=4,
    expert_ffn=1536,
    shared_ffn=1536,
    dense_layers=1,
    latent=Latent(query=768, key_value=512, rope=64, nope=192, value=256),
)
_355b = partial(
    _glm, parameters=355_000_000_000, active_parameters=32_000_000_000, architecture=_GLM_4_5, reasoning=True
)
# Sources differ on whether GLM 5 and 5.1 see.
_glm5 = partial(_glm, family="glm-5", reasoning=True, license=None, input_modalities=())

FAMILIES = (
    Family(
        name="glm-4",
        maker="Z.ai",
        source="the hub's config.json, by way of xinference 4.1.0 and aiconfigurator; the models' cards",
        checked="2026-11-23",
        models=(
            _glm(
                name="zai-org/GLM-4-9B-0414",
                family="glm-4",
                parameters=9_400_279_040,
                context_length=32_768,
                architecture=_glm4(layers=40, hidden=4096, heads=32, ffn=13696),
                gguf="bartowski/THUDM_GLM-4-9B-0414-GGUF",
                aliases=("THUDM/GLM-4-9B-0414",),
            ),
            _glm(
                name="zai-org/GLM-4-32B-0414",
                family="glm-4",
                parameters=32_566_081_536,
                context_length=32_768,
                architecture=_glm4(layers=61, hidden=6144, heads=48, ffn=23040),
                aliases=("THUDM/GLM-4-32B-0414",),
            ),
            _355b(name="zai-org/GLM-4.5", family="glm-4", context_length=131_072, published_as=("FP8",)),
            _glm(
                name="zai-org/GLM-4.5-Air",
                family="glm-4",
                parameters=106_852_000_000,
                active_parameters=12_000_000_000,
                context_length=131_072,
                architecture=_GLM_4_5_AIR,
                reasoning=True,
                published_as=("FP8",),
            ),
            _glm(
                name="zai-org/GLM-4.5V",
                family="glm-4",
                parameters=106_852_000_000,
                active_parameters=12_000_000_000,
                context_length=131_072,
                architecture=_GLM_4_5_AIR,
                input_modalities=("text", "image", "video"),
                reasoning=True,
                published_as=("FP8",),
            ),
            _355b(name="zai-org/GLM-4.6", family="glm-4", context_length=202_752, published_as=("FP8",)),
            _355b(
                name="zai-org/GLM-4.7",
                family="glm-4",
                context_length=202_752,
                published_as=("FP8",),
                aliases=("zai.glm-4.7",),
            ),
            _glm(
                name="zai-org/GLM-4.7-Flash",
                family="glm-4",
                parameters=29_943_000_000,
                active_parameters=3_000_000_000,
                context_length=202_752,
                architecture=_GLM_4_7_FLASH,
                reasoning=True,
                gguf="unsloth/GLM-4.7-Flash-GGUF",
                aliases=("zai.glm-4.7-flash",),
            ),
        ),
    ),
    Family(
        name="glm-5",
        maker="Z.ai",
        source="xinference 4.1.0's and gpustack 2.3.0's catalogues; the shape is not clear yet",
        checked="2026-11-23",
        models=(
            _glm5(
                name="zai-org/GLM-5",
                parameters=744_000_000_000,
                context_length=202_752,
                gguf="unsloth/GLM-5-GGUF",
                published_as=("FP8",),
            ),
            _glm5(
                name="zai-org/GLM-5.1",
                parameters=744_000_000_000,
                context_length=202_752,
                gguf="unsloth/GLM-5.1-GGUF",
                published_as=("FP8",),
            ),
            _glm5(
                name="zai-org/GLM-5.2",
                input_modalities=("text",),
                parameters=753_000_000_000,
                context_length=1_048_576,
                gguf="unsloth/GLM-5.2-GGUF",
                published_as=("FP8",),
            ),
            _glm5(
                name="zai-org/GLM-5.3",
                input_modalities=("text",),
                parameters=753_000_000_000,
                active_parameters=39_000_000_000,
                context_length=1_048_576,
            ),
        ),
    ),
)
