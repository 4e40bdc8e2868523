"""Work that is never left half done behind its caller's back."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

__all__ = ("in_thread", "settled")

P = ParamSpec("P")
T = TypeVar("T")


async def settled(work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives. Who is cancelled waits until it has ended, so that what it did can be undone."""
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same of `work` beside the event loop."""
    return await settled(asyncio.to_thread(work, *args, **kwargs))
