"""Code Llama: base, Python and Instruct, in four sizes."""

from functools import partial

from ..entry import Architecture, CatalogueModel, Family

__all__ = ("FAMILIES",)

_7B = partial(
    Architecture, layers=32, hidden=4096, heads=32, kv_heads=32, head_size=128, ffn=11008, tied=False, rope_theta=1e6
)
_13B = partial(
    Architecture, layers=40, hidden=5120, heads=40, kv_heads=40, head_size=128, ffn=13824, tied=False, rope_theta=1e6
)
_34B = partial(
    Architecture, layers=48, hidden=8192, heads=64, kv_heads=8, head_size=128, ffn=22016, tied=False, rope_theta=1e6
)
_70B = partial(
    Architecture, layers=80, hidden=8192, heads=64, kv_heads=8, head_size=128, ffn=28672, tied=False, rope_theta=1e6
)
_7B_PARAMETERS, _13B_PARAMETERS, _34B_PARAMETERS, _70B_PARAMETERS = (
    6_738_546_688,
    13_016_028_160,
    33_743_970_304,
    68_976_910_336,
)

# Published for 16384 tokens; its makers document up to 100,000.
_row = partial(
    CatalogueModel,
    family="code-llama",
    context_length=16_384,
    extended_context_length=100_000,
    tokenizer="llama-2",
    license="llama2",
)
_instruct = partial(_row, prompt="llama-2")

FAMILIES = (
    Family(
        name="code-llama",
        maker="Meta",
        source="the hub's config.json",
        checked="2026-11-23",
        models=(
            _instruct(
                name="codellama/CodeLlama-7b-Instruct-hf",
                parameters=_7B_PARAMETERS,
                architecture=_7B(vocab=32016),
                gguf="TheBloke/CodeLlama-7B-Instruct-GGUF",
                aliases=("codellama", "codellama:7b", "codellama:7b-instruct", "code-llama-7b-instruct"),
            ),
            _instruct(
                name="codellama/CodeLlama-13b-Instruct-hf",
                parameters=_13B_PARAMETERS,
                architecture=_13B(vocab=32016),
                gguf="TheBloke/CodeLlama-13B-Instruct-GGUF",
                aliases=("codellama:13b", "codellama:13b-instruct", "code-llama-13b-instruct"),
            ),
            _instruct(
                name="codellama/CodeLlama-34b-Instruct-hf",
                parameters=_34B_PARAMETERS,
                architecture=_34B(vocab=32000),
                gguf="TheBloke/CodeLlama-34B-Instruct-GGUF",
                aliases=("codellama:34b", "codellama:34b-instruct", "code-llama-34b-instruct"),
            ),
            _row(
                name="codellama/CodeLlama-70b-Instruct-hf",
                parameters=_70B_PARAMETERS,
                context_length=4096,
                extended_context_length=None,
                architecture=_70B(vocab=32016),
                prompt="code-llama-70b",
                aliases=("codellama:70b", "codellama:70b-instruct", "code-llama-70b-instruct"),
            ),
            _row(
                name="codellama/CodeLlama-7b-hf",
                parameters=_7B_PARAMETERS,
                architecture=_7B(vocab=32016),
                gguf="TheBloke/CodeLlama-7B-GGUF",
                aliases=("codellama:7b-code", "code-llama-7b"),
            ),
            _row(
                name="codellama/CodeLlama-13b-hf",
                parameters=_13B_PARAMETERS,
                architecture=_13B(vocab=32016),
                gguf="TheBloke/CodeLlama-13B-GGUF",
                aliases=("codellama:13b-code", "code-llama-13b"),
            ),
            _row(
                name="codellama/CodeLlama-34b-hf",
                parameters=_34B_PARAMETERS,
                architecture=_34B(vocab=32000),
                gguf="TheBloke/CodeLlama-34B-GGUF",
                aliases=("codellama:34b-code", "code-llama-34b"),
            ),
            _row(
                name="codellama/CodeLlama-70b-hf",
                parameters=_70B_PARAMETERS,
                architecture=_70B(vocab=32016),
                aliases=("codellama:70b-code", "code-llama-70b"),
            ),
            _row(
                name="codellama/CodeLlama-7b-Python-hf",
                parameters=6_738_415_616,
                architecture=_7B(vocab=32000),
                gguf="TheBloke/CodeLlama-7B-Python-GGUF",
                aliases=("codellama:7b-python", "code-llama-7b-python"),
            ),
            _row(
                name="codellama/CodeLlama-13b-Python-hf",
                parameters=13_015_864_320,
                architecture=_13B(vocab=32000),
                gguf="TheBloke/CodeLlama-13B-Python-GGUF",
                aliases=("codellama:13b-python", "code-llama-13b-python"),
            ),
            _row(
                name="codellama/CodeLlama-34b-Python-hf",
                parameters=_34B_PARAMETERS,
                architecture=_34B(vocab=32000),
                gguf="TheBloke/CodeLlama-34B-Python-GGUF",
                aliases=("codellama:34b-python", "code-llama-34b-python"),
            ),
            _row(
                name="codellama/CodeLlama-70b-Python-hf",
                parameters=_70B_PARAMETERS,
                architecture=_70B(vocab=32016),
                aliases=("codellama:70b-python", "code-llama-70b-python"),
            ),
        ),
    ),
)
