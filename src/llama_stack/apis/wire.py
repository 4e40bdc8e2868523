"""Models that keep the bytes they came in, and are decoded when someone looks.

A gateway mostly moves JSON that it has no reason to rebuild. A `WireModel` made by `from_wire` holds the
bytes; the first look at a field turns them into fields. So a relayed answer costs nothing, and a library
caller still gets a typed object. Made the usual way, it is an ordinary pydantic model.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, ClassVar, Self

import msgspec
from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from typing_extensions import override

from .errors import BadRequestError, StackError

__all__ = ("WireModel", "WireRequest", "dump", "edit", "explain")

_STATE = ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()
_MODEL_FIRST = re.compile(rb'\s*\{\s*"model"\s*:\s*"([^"\\]*)"')


def dump(model: BaseModel) -> bytes:
    """The JSON of any model: its own bytes where it still holds them."""
    return model.wire if isinstance(model, WireModel) else model.model_dump_json().encode()


def edit(
    body: bytes,
    *,
    put: Mapping[str, Any] | None = None,
    drop: Iterable[str] = (),
    rename: Mapping[str, str] | None = None,
) -> bytes:
    """A JSON object with top-level fields set, dropped or renamed; all else is copied as it stands."""
    fields: dict[str, Any] = _FIELDS.decode(body)
    for name in drop:
        fields.pop(name, None)
    for old, new in (rename or {}).items():
        if old in fields:
            fields.setdefault(new, fields.pop(old))
    fields.update(put or {})
    return _ENCODER.encode(fields)


def explain(error: ValidationError, given: Any = None) -> tuple[str, str | None]:
    """A validation error as one sentence, and the path of the first field that is wrong.

    With what was `given`, the path is the caller's own: pydantic's also names the options of a union it tried.
    """
    found = [(_place(each, given), each) for each in error.errors(include_url=False, include_input=False)]
    place, first = found[0]
    for other, each in found:  # the options of one union: the one that came furthest was meant
        if other[: len(place)] == place and (len(other) > len(place) or first["type"].endswith("_type")):
            place, first = other, each
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    return (f"{path}: {first['msg']}" if path else first["msg"]), path or None


def _place(error: Mapping[str, Any], given: Any) -> list[str | int]:
    if given is None:
        return list(error["loc"])
    place: list[str | int] = []
    for part in error["loc"]:
        if isinstance(given, list) and isinstance(part, int):
            place.append(part)
            given = given[part]
        elif isinstance(given, Mapping) and (part in given or _is_missing(error, part)):
            place.append(part)
            given = given.get(part)
    return place


def _is_missing(error: Mapping[str, Any], part: str | int) -> bool:
    return error["type"] == "missing" and part is error["loc"][-1]


class WireModel(BaseModel):
    """A JSON object from or for the wire: unknown fields stay, unset ones are not sent."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())
    __slots__ = ("_bytes",)

    @classmethod
    def from_wire(cls, body: bytes) -> Self:
        """An instance over `body`, decoded when a field is first read."""
        return cls._over(body)

    @classmethod
    def _over(cls, body: bytes, **head: Any) -> Self:
        self = cls.__new__(cls)
        object.__setattr__(self, "_bytes", body)
        self.__dict__.update(head)  # readable without decoding
        return self

    @property
    def wire(self) -> bytes:
        """This object as JSON, without the fields nobody set."""
        return _held(self) or self.model_dump_json(exclude_unset=True).encode()

    @classmethod
    def malformed(cls, message: str, param: str | None) -> StackError:
        """The error for bytes that do not fit. By default it is not the caller's fault."""
        return StackError(f"malformed {cls.__name__}: {message}", code="malformed_response", param=param)

    def _decode(self) -> None:
        """Turn the held bytes into fields; from then on the fields are the truth."""
        body = _held(self)
        if body is None:
            return
        try:
            decoded = type(self).model_validate_json(body)
        except ValidationError as error:
            raise self.malformed(*explain(error, _plain(body))) from error
        for name in _STATE:
            object.__setattr__(self, name, object.__getattribute__(decoded, name))
        object.__setattr__(self, "_bytes", None)

    def __getattr__(self, name: str) -> Any:
        if _held(self) is not None:
            self._decode()
            return getattr(self, name)
        return super().__getattr__(name)  # type: ignore[misc]  # pydantic hides it from checkers

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        self._decode()
        super().__setattr__(name, value)

    @model_validator(mode="wrap")
    @classmethod
    def _decoded(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """An instance that is to be validated is decoded first: validators read its fields."""
        if isinstance(value, WireModel):
            value._decode()
        return handler(value)

    @model_serializer(mode="wrap")
    def _encoded(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]  # a hint would be its schema
        """Wherever an instance lies when it is dumped, it is decoded first."""
        self._decode()
        return handler(self)


class WireRequest(WireModel):
    """A request body. `shape` says what is checked at the door, `head` which fields are then at hand."""

    shape: ClassVar[msgspec.json.Decoder[Any]]
    head: ClassVar[tuple[str, ...]] = ("model",)

    model: str

    @classmethod
    @override
    def from_wire(cls, body: bytes) -> Self:
        """An instance over `body`, whose shape is right. Raises `BadRequestError` where it is not."""
        try:
            head = cls.shape.decode(body)
        except msgspec.ValidationError as error:
            raise _shape_error(str(error)) from None
        except RecursionError:
            raise BadRequestError("the request body is nested too deeply", code="invalid_json") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise BadRequestError(f"the request body is not valid JSON: {error}", code="invalid_json") from None
        return cls._over(body, **{name: getattr(head, name) for name in cls.head})

    @classmethod
    @override
    def malformed(cls, message: str, param: str | None) -> StackError:
        return BadRequestError(message, param=param)

    def for_model(self, model: str) -> Self:
        """The same request, asking for `model`."""
        body = _held(self)
        if body is None:
            return self.model_copy(update={"model": model})
        return self._over(_asking(body, self.__dict__["model"], model), **{**self.__dict__, "model": model})


def _asking(body: bytes, asked: str, model: str) -> bytes:
    """`body` with another model's name.

    Where the name stands first it is replaced there. Otherwise the object is rebuilt from its fields' bytes, so
    that a key given twice cannot name another model to a service that reads the first where we read the last.
    """
    first = _MODEL_FIRST.match(body)
    if first is not None and first[1] == asked.encode():
        return body[: first.start(1)] + _ENCODER.encode(model)[1:-1] + body[first.end(1) :]
    return edit(body, put={"model": model})


def _shape_error(message: str) -> BadRequestError:
    """msgspec's "Expected `str`, got `int` - at `$.messages[0].role`" as an error that names the field."""
    text, _, place = message.partition(" - at `$.")
    field = place.rstrip("`") or None
    if missing := re.search(r"missing required field `(\w+)`", text):
        field = f"{field}.{missing[1]}" if field else missing[1]
        text = "this field is required"
    return BadRequestError(f"{field or 'the request body'}: {text}", param=field)


def _plain(body: bytes) -> Any:
    """Bytes as data; None when they are no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _held(model: WireModel) -> bytes | None:
    """The bytes a model still holds; None once it is decoded, or when it never came from the wire."""
    try:
        return object.__getattribute__(model, "_bytes")  # type: ignore[no-any-return]
    except AttributeError:
        return None


def _decoding(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def decoded_first(self: WireModel, *args: Any, **kwargs: Any) -> Any:
        self._decode()
        return method(self, *args, **kwargs)

    return decoded_first


# What pydantic reads past `__getattr__` must find the fields in place.
_READS_FIELDS = "__repr_args__ __eq__ __iter__ __copy__ __deepcopy__ __getstate__ __delattr__"
for _name in _READS_FIELDS.split():
    setattr(WireModel, _name, _decoding(getattr(BaseModel, _name)))
