"""Filters for products that cannot say all of them: what they say may be wider, and what came is looked at again."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from typing import TypeVar

from ....apis.vector_io.filters import Comparison, Compound, matches
from ....apis.vector_io.index import Found

__all__ = ("SCALARS", "as_scalar", "digest", "fact", "fitting", "kind_of", "plain", "tagged", "translate")

T = TypeVar("T")
Scalar = str | bool | float
_WIDEN = 4

SCALARS = ("b", "n", "s")  # what `kind_of` knows


def kind_of(value: Scalar) -> str:
    """`b`oolean, `n`umber or text (`s`): filters tell them apart, and so an attribute's name in a product says it."""
    if isinstance(value, bool):
        return "b"
    return "s" if isinstance(value, str) else "n"


def as_scalar(value: Scalar) -> Scalar:
    """A value as products compare it: they tell whole numbers from others."""
    return float(value) if kind_of(value) == "n" else value


def tagged(attributes: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Attributes with their kind before their name: `n.year`."""
    return {f"{kind_of(value)}.{name}": as_scalar(value) for name, value in attributes.items()}


def digest(text: str) -> str:
    """A name of 32 letters and digits for a text of any sort and length."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def fact(name: str, value: Scalar) -> str:
    """An attribute with its value as one name: what a filter for equality asks for."""
    return digest(f"{kind_of(value)} {plain(name)} {as_scalar(value)}")


def plain(name: str) -> str:
    """A name of letters and digits; other characters are written as their numbers between underscores."""
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in name) or "_"


def translate(
    rule: Comparison | Compound | None,
    leaf: Callable[[Comparison], T | None],
    join: Mapping[str, Callable[[list[T]], T]],
) -> T | None:
    """A filter in a product's words, as far as it has them; None where it has none, and every chunk may fit.

    `leaf` gives a condition that all chunks fulfil which fit the comparison, and maybe others; `join` has `and`, `or`.
    """
    if rule is None:
        return None
    if isinstance(rule, Comparison):
        return leaf(rule)
    parts = [translate(each, leaf, join) for each in rule.filters]
    said = [part for part in parts if part is not None]
    if not said or (rule.type == "or" and len(said) < len(parts)):
        return None
    return said[0] if len(said) == 1 else join[rule.type](said)


async def fitting(
    ask: Callable[[int], Awaitable[list[Found]]], limit: int, rule: Comparison | Compound | None
) -> list[Found]:
    """The best `limit` chunks that fit. `ask` gives the best so many of those that may; they are asked for until
    enough fit, or there are no more."""
    asked = limit
    while True:
        found = await ask(asked)
        fit = [each for each in found if matches(rule, each.chunk.attributes)]
        if len(fit) >= limit or len(found) < asked:
            return fit[:limit]
        asked *= _WIDEN
