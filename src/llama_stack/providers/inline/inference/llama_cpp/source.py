"""Where a model's file is: a path, a name on the Hugging Face hub, or in this package."""

import re
from pathlib import Path

from .....apis.errors import BadRequestError, NotFoundError
from ....utils.hub import fetch_file, fetch_files, list_files

__all__ = ("file_of", "is_on_hub", "short_name")

_HUB, _PACKAGE = "hf:", "package:"
_PART = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")


def short_name(source: str) -> str:
    """The name a model is listed under: its file's, without the folder and `.gguf`."""
    name = source.removeprefix(_PACKAGE).rstrip("/").rpartition("/")[2]
    return _PART.sub("", name).removesuffix(".gguf")


def is_on_hub(source: str) -> bool:
    return source.startswith(_HUB)


async def file_of(source: str) -> Path:
    """The file on this machine; one of the hub is fetched first, with its further parts when it is split."""
    if not is_on_hub(source):
        return _local(source)
    org, repo, rest = _parsed(source)
    name = rest if rest.endswith(".gguf") else _pick(source, rest, await list_files(f"{org}/{repo}"))
    if _PART.search(name):
        folder = await fetch_files(f"{org}/{repo}", [_PART.sub("-?????-of-?????", name)])
        return folder / name
    return await fetch_file(f"{org}/{repo}", name)


def _local(source: str) -> Path:
    if source.startswith(_PACKAGE):
        return Path(__file__).with_name("models") / source.removeprefix(_PACKAGE)
    return Path(source).expanduser()


def _parsed(source: str) -> tuple[str, str, str]:
    """Organization, repository, and what names the file: a path, or a quantization, or nothing."""
    if match := re.fullmatch(r"hf:([^/:]+)/([^/:]+)(?:/(.+\.gguf)|:([^/:]+))?", source):
        return match[1], match[2], match[3] or match[4] or ""
    raise BadRequestError(f"{source!r} is no model on the hub: write hf:org/repo/file.gguf or hf:org/repo:Q4_K_M")


def _pick(source: str, quantization: str, names: list[str]) -> str:
    """The one file of a quantization; of a split one, the first part."""
    files = [name for name in names if name.endswith(".gguf") and "mmproj" not in name.lower()]
    wanted = re.compile(rf"(?:^|[-._/]){re.escape(quantization)}(?:[-.]|$)" if quantization else "", re.IGNORECASE)
    fits = {_PART.sub("", name): name for name in sorted(files, reverse=True) if wanted.search(name)}
    if len(fits) == 1:
        return next(iter(fits.values()))
    what = f"{len(fits)} files fit" if fits else "no file fits"
    raise NotFoundError(f"{source}: {what}; it has {', '.join(files) or 'no GGUF files'}", param="model")
