"""Which names mean the same model: spellings, prefixes of services, suffixes of quantizations."""

import re
from collections.abc import Iterator

__all__ = ("loose", "readings")

_PLACES = ("https://", "http://", "hf:", "hf.co/", "huggingface.co/", "www.huggingface.co/")
_LAST = (
    r"-\d{5}-of-\d{5}",
    r"\.gguf",
    r"[-_.](?:gguf|mlx|awq|gptq|bnb|exl[23]|onnx|imatrix|i1|qat|hqq)",
    r"[-_.:@](?:ud-)?(?:i?q\d(?:_[a-z0-9]+)*|tq\d_\d|bf16|fp16|f16|fp32|f32|fp8(?:-dynamic|_dynamic)?|fp4|int4|int8)",
    r"[-_.:@](?:mxfp[48](?:_moe)?|nvfp4|w\d+a\d+|[2-8]-?bits?|unsloth|quantized)",
    r"(?<=instruct)-(?:hf|turbo|lite|fast|basic)|(?<=fp8)-(?:fast|dynamic)|-maas|-tee",
    r":(?:free|latest|nitro|floor|exacto|cloud|extended)|-cloud",
    r"-v\d:\d(?::\d+k)?|-1:0",  # Bedrock's versions
    r"[-@]20\d\d-?[01]\d-?[0-3]\d",  # a day: the model of that day, as far as is known here
)
_SUFFIX = re.compile("(?:" + "|".join(_LAST) + ")$")
_PREFIX = re.compile(
    r"^(?:(?:us-gov|us|eu|apac|ap|ca|sa|jp|au|in|global)\.)?"  # Bedrock's regions, then its makers
    r"(?:(?:meta|qwen|openai|mistral|deepseek|google|anthropic|amazon|cohere|minimax|moonshotai|moonshot|nvidia|zai)\.)?"
    r"(?:databricks-)?(?:meta-(?=llama))?"
)
_VERSION = re.compile(r"(?<![a-z0-9])v(?=\d)|(?<=\d)[._p](?=\d)|[_:. ]")
_JOINT = re.compile(r"(?<=[a-z])(?=\d)")
_DASHES = re.compile(r"-{2,}")


def loose(name: str) -> str:
    """A spelling that `Llama-3.1-8B`, `llama3.1:8b`, `llama-3-1-8b` and `llama-v3p1-8b` share."""
    plain = _VERSION.sub(lambda found: "" if found[0] == "v" else "-", name.lower())
    return _DASHES.sub("-", _JOINT.sub("-", plain))


def readings(name: str) -> Iterator[str]:
    """A name, then what it may mean once prefixes and suffixes are taken away, the most exact reading first."""
    low = _local(name.strip().lower())
    parts = [part for part in low.split("/") if part]
    seen: set[str] = set()
    for start in range(len(parts)):
        for reading in _stripped("/".join(parts[start:])):
            if reading not in seen:
                seen.add(reading)
                yield reading


def _local(name: str) -> str:
    for place in _PLACES:
        name = name.removeprefix(place)
    return name.partition("/resolve/")[0].partition("/blob/")[0].partition("/tree/")[0]


def _stripped(reading: str) -> Iterator[str]:
    while reading:
        yield reading
        if "/" not in reading:
            yield _PREFIX.sub("", reading)
            yield reading.partition("_")[2]  # bartowski's `google_gemma-3-4b-it`
        shorter = _SUFFIX.sub("", reading)
        if shorter == reading:
            return
        reading = shorter
