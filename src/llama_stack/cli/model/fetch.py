"""Which files a name means, and fetching them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...apis.errors import BadRequestError, NotFoundError, UnsupportedError
from ...models import CatalogueModel, quantization_in, resolve_model
from ...providers.utils.hub import fetch_file, fetch_files, list_files

__all__ = ("Fetched", "Plan", "choose", "fetch", "planned")

_USUAL = "Q4_K_M"
_PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")
_ON_THE_HUB = re.compile(r"hf:([^/:]+/[^/:]+)(?:/(.+\.gguf)|:([^/:]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to fetch: a file, or the file of a quantization, or a model as it is published."""

    repository: str
    file: str | None = None
    quantization: str | None = None  # None: as published, unless the repository is one of GGUF files


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    path: Path
    repository: str
    file: str | None
    use: dict[str, str] = field(default_factory=dict)  # variables for a stack that serves it


def planned(name: str, quantization: str | None = None) -> Plan:
    """What a name means. Raises an error that says what to write instead."""
    if name.startswith("hf:"):
        return _on_the_hub(name, quantization)
    model = resolve_model(name)
    if not model.is_open:
        raise UnsupportedError(f"{model.name} runs behind its makers' API only: there is nothing to download")
    if model.model_type != "llm":
        return Plan(repository=model.name)
    if model.gguf is None:
        raise NotFoundError(_without_gguf(model))
    return Plan(repository=model.gguf, quantization=quantization or quantization_in(name) or _USUAL)


async def fetch(plan: Plan) -> Fetched:
    """Fetch it into the hub's cache, unless it is there."""
    if plan.file:
        return await _gguf(plan.repository, plan.file)
    names = await list_files(plan.repository)
    files = [name for name in names if name.endswith(".gguf") and "mmproj" not in name.lower()]
    if files:
        return await _gguf(plan.repository, choose(files, plan.quantization or _USUAL, plan.repository))
    return await _as_published(plan.repository, names)


def choose(files: Sequence[str], quantization: str, repository: str) -> str:
    """The file of a quantization, of a split one the first part; the only one, where there is one."""
    wanted = re.compile(rf"(?:^|[-._/]){re.escape(quantization)}(?:[-./]|$)", re.IGNORECASE)
    whole = {_PART.sub("", name): name for name in sorted(files, reverse=True)}
    fits = sorted((key for key in whole if wanted.search(key)), key=len)
    if not fits and len(whole) == 1:
        return next(iter(whole.values()))
    if len(fits) == 1 or (fits and len(fits[0]) < len(fits[1])):  # `m-Q4_K_M.gguf` before `m-UD-Q4_K_M.gguf`
        return whole[fits[0]]
    known = ", ".join(sorted(quantization_in(name) or name for name in whole))
    what = "several files" if fits else "no file"
    raise NotFoundError(f"{repository} has {what} of {quantization}; it has {known}: hf:{repository}/FILE names one")


async def _gguf(repository: str, name: str) -> Fetched:
    if _PART.search(name):
        folder = await fetch_files(repository, [_PART.sub("-?????-of-?????", name)])
        path = folder / name
    else:
        path = await fetch_file(repository, name)
    return Fetched(path=path, repository=repository, file=name, use={"LLAMA_MODEL": f"hf:{repository}/{name}"})


async def _as_published(repository: str, names: Sequence[str]) -> Fetched:
    """The weights and what describes them; the ONNX graph instead, where a model that embeds has one."""
    embeds = "modules.json" in names
    weights = ["*.safetensors"]
    if embeds and "onnx/model.onnx" in names:
        weights = ["onnx/model.onnx", "onnx/model.onnx_data"]
    folder = await fetch_files(repository, ["*.json", "*.txt", "*.model", *weights])
    use = {"EMBEDDING_MODEL": repository} if embeds else {}
    return Fetched(path=folder, repository=repository, file=None, use=use)


def _on_the_hub(name: str, quantization: str | None) -> Plan:
    if not (match := _ON_THE_HUB.fullmatch(name)):
        raise BadRequestError(f"{name!r} is no name on the hub: write hf:org/repo, or hf:org/repo/file.gguf")
    return Plan(repository=match[1], file=match[2], quantization=quantization or match[3])


def _without_gguf(model: CatalogueModel) -> str:
    return (
        f"the catalogue knows no GGUF files of {model.name}: name a repository that has them "
        f"(llama model download hf:org/repo), or fetch it as it is published (hf:{model.name})"
    )
