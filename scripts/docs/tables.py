"""Markdown tables, and the fields of a config model as one."""

from collections.abc import Iterable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from llama_stack.providers.config import NetworkConfig

__all__ = ("code", "fields", "table")

WORDS = {str: "text", int: "integer", float: "number", bool: "true or false", SecretStr: "secret", Any: "anything"}
SIGNS = {Ge: "≥", Gt: ">", Le: "≤", Lt: "<"}


def table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(words: Iterable[Any]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def fields(model: type[BaseModel], defaults: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, ...]]:
    """A line for each field; models within models go on with a dot."""
    for name, field in model.model_fields.items():
        inner = _model(field.annotation)
        if inner is NetworkConfig:
            yield f"`{prefix}{name}`", "[mapping](../network.md)", "", "how the service is reached"
        elif inner:
            yield from fields(inner, {}, f"{prefix}{name}.")
        else:
            default = defaults.get(name, field.get_default(call_default_factory=True))
            yield f"`{prefix}{name}`", _type(field), _default(default), field.description or ""


def _model(hint: Any) -> type[BaseModel] | None:
    return hint if isinstance(hint, type) and issubclass(hint, BaseModel) else None


def _type(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(m, cls.__name__.lower())}"
        for m in field.metadata
        for cls, sign in SIGNS.items()
        if type(m) is cls
    ]
    return " ".join([_words(field.annotation), *bounds])


def _words(hint: Any) -> str:
    origin, args = get_origin(hint), get_args(hint)
    if hint in WORDS:
        return WORDS[hint]
    if origin is Annotated:
        return _words(args[0])
    if origin is Literal:
        return _or(code([value]) for value in args)
    if origin in (Union, UnionType):
        return _or(dict.fromkeys(_words(each) for each in args if each is not NoneType))
    if origin in (list, tuple, frozenset):
        return f"list of {_words(args[0])}" if args else "list"
    if _model(hint):
        return "mapping with " + ", ".join(f"`{name}`" for name in hint.model_fields)
    return "mapping" if origin is dict or hint is dict else getattr(hint, "__name__", str(hint))


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "required"
    if value in (None, "", [], {}):
        return ""
    return code([str(value).lower() if isinstance(value, bool) else value])
