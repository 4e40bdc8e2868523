"""What the JSON files of a sentence-transformers folder say about turning token vectors into one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .....apis.errors import BadRequestError, UnavailableError

__all__ = ("Recipe", "read_recipe")

_EARLY_POOLING_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is fed, and what is done with its output."""

    folder: Path  # of the transformer: weights, tokenizer.json, config.json
    config: Mapping[str, Any]  # its config.json
    dimension: int  # of an embedding
    max_tokens: int  # of a text, special tokens included; the rest is cut off
    pooling: tuple[str, ...]  # several are joined end to end
    normalize: bool  # to length 1
    lower_case: bool  # before the tokenizer sees the text
    prompts: Mapping[str, str]  # texts put before the input, by name
    default_prompt: str | None  # the name of the one that is always put there
    matryoshka: bool | tuple[int, ...]  # whether the first numbers of an embedding are one too; which lengths

    def prompt(self, name: str | None) -> str:
        """The text to put before each input. Raises `BadRequestError` for a name that the model does not have."""
        name = name or self.default_prompt
        if name is None:
            return ""
        if name not in self.prompts:
            known = ", ".join(self.prompts) or "none"
            raise BadRequestError(f"the model has no prompt {name!r}; it has: {known}", param="prompt_name")
        return self.prompts[name]

    def check_dimensions(self, wanted: int | None) -> None:
        """Raises `BadRequestError` unless embeddings of that length mean something."""
        if wanted is None or wanted == self.dimension or (self.matryoshka is True and wanted < self.dimension):
            return
        lengths = self.matryoshka if isinstance(self.matryoshka, tuple) else ()
        if wanted not in lengths:
            known = ", ".join(map(str, sorted({*lengths, self.dimension})))
            raise BadRequestError(
                f"the model has no embeddings of {wanted} dimensions, only: {known}", param="dimensions"
            )


def read_recipe(folder: Path) -> Recipe:
    """Read a model's folder. Raises `UnavailableError`, naming the file that is missing or wrong."""
    if not folder.is_dir():
        raise UnavailableError(f"there is no folder {folder}")
    modules = _modules(folder)
    base = folder / modules.get("Transformer", "")
    config, sentence = _read(base / "config.json"), _sentence_config(base)
    pooling = _read(folder / modules["Pooling"] / "config.json") if "Pooling" in modules else {}
    texts = _read(folder / "config_sentence_transformers.json", needed=False)
    modes = _pooling_modes(pooling, folder)
    lengths = config.get("matryoshka_dimensions") or ()
    return Recipe(
        folder=base,
        config=config,
        dimension=_width(config, pooling, base) * len(modes),
        max_tokens=_max_tokens(base, config, sentence),
        pooling=modes,
        normalize="Normalize" in modules,
        lower_case=bool(sentence.get("do_lower_case")),
        prompts={name: text or "" for name, text in (texts.get("prompts") or {}).items()},
        default_prompt=texts.get("default_prompt_name"),
        matryoshka=tuple(lengths) or bool(config.get("is_matryoshka")),
    )


def _modules(folder: Path) -> dict[str, str]:
    """Each step's kind and folder. A plain transformer, without modules.json, is pooled by the mean."""
    rows = _read(folder / "modules.json", needed=False, kind=list)
    modules = {row["type"].rpartition(".")[2]: row.get("path", "") for row in rows}
    unknown = modules.keys() - {"Transformer", "Pooling", "Normalize", "Dropout"}
    if unknown:
        raise UnavailableError(f"{folder / 'modules.json'} has steps that are not supported: {', '.join(unknown)}")
    return modules


def _sentence_config(base: Path) -> dict[str, Any]:
    """sentence_bert_config.json, or sentence_roberta_config.json, …"""
    return next((_read(path) for path in sorted(base.glob("sentence_*_config.json"))), {})


def _pooling_modes(pooling: Mapping[str, Any], folder: Path) -> tuple[str, ...]:
    given = pooling.get("pooling_mode") or [mode for key, mode in _EARLY_POOLING_KEYS.items() if pooling.get(key)]
    modes = (given,) if isinstance(given, str) else tuple(given) or ("mean",)
    unknown = [mode for mode in modes if mode not in _EARLY_POOLING_KEYS.values()]
    if pooling.get("include_prompt") is False:
        unknown.append("include_prompt: false")
    if unknown:
        raise UnavailableError(f"{folder} asks for pooling that is not supported: {', '.join(unknown)}")
    return modes


def _width(config: Mapping[str, Any], pooling: Mapping[str, Any], base: Path) -> int:
    keys = ("word_embedding_dimension", "embedding_dimension", "hidden_size", "dim")
    for key in keys:
        if isinstance(width := pooling.get(key, config.get(key)), int):
            return width
    raise UnavailableError(f"{base / 'config.json'} does not say hidden_size")


def _max_tokens(base: Path, config: Mapping[str, Any], sentence: Mapping[str, Any]) -> int:
    """What the model was made for, but no more than it has positions for."""
    positions = config.get("max_position_embeddings") or 512
    if "roberta" in str(config.get("model_type")):
        positions -= config.get("pad_token_id", 1) + 1  # its first positions stand for padding
    wanted = sentence.get("max_seq_length")
    if wanted is None:
        wanted = _read(base / "tokenizer_config.json", needed=False).get("model_max_length") or positions
    return int(min(wanted, positions))


def _read(path: Path, *, needed: bool = True, kind: type = dict) -> Any:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        if needed:
            raise UnavailableError(f"the model's folder lacks {path}") from None
        return kind()
    except (OSError, ValueError) as error:
        raise UnavailableError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, kind):
        raise UnavailableError(f"{path} is not a JSON {'object' if kind is dict else 'list'}")
    return content
