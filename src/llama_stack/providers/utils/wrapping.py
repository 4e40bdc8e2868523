"""What the transports of a stack are wrapped in while it is built: a recording, a replay, faults; or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ..config import NetworkConfig

if TYPE_CHECKING:  # a stack without remote services needs no HTTP client
    from .transport import Transport

__all__ = ("Wrapper", "wrapped", "wrapper")

Wrapper = Callable[[str, NetworkConfig, "Transport"], "Transport"]  # provider id, how it is reached, its transport

wrapper: ContextVar[Wrapper | None] = ContextVar("wrapper", default=None)


@contextmanager
def wrapped(wrap: Wrapper | None) -> Iterator[None]:
    """Have every transport that is opened in this block wrapped."""
    token = wrapper.set(wrap)
    try:
        yield
    finally:
        wrapper.reset(token)
