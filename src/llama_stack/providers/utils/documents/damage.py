"""What a library stumbles over in a damaged file, as an error that names the file."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import BadZipFile

from ....apis.errors import BadRequestError

__all__ = ("told",)

# Libraries trust what they read: a number that is none, a part that is missing.
_STUMBLES = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OverflowError, RecursionError),
    *(NotImplementedError, EOFError, OSError, SyntaxError, zlib.error, BadZipFile),
)


@contextmanager
def told(filename: str, format: str, *others: type[Exception]) -> Iterator[None]:  # noqa: A002  # a word of this house
    """Turn what goes wrong while a library reads a file into a `BadRequestError`."""
    kinds: tuple[type[Exception], ...] = (*_STUMBLES, *others)
    try:
        yield
    except BadRequestError:
        raise
    except kinds as error:
        message = f"{filename} cannot be read as {format}: {str(error) or type(error).__name__}"
        raise BadRequestError(message, code="invalid_file") from error
