"""Noticing that a caller has hung up while their answer is being made."""

import asyncio

from .asgi import ClientGoneError, Message, Receive

__all__ = ("Watch",)

_LISTENING_SECONDS = 0.02


class Watch:
    """Cancels the call when its caller hangs up: nobody waits for the answer, and somebody pays for it.

    It begins to listen a moment after the call, so that calls answered at once do not pay for a listener.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._listener: asyncio.Task[Message] | None = None
        self._gone = False

    def __enter__(self) -> "Watch":
        self._call = asyncio.current_task()
        self._start = asyncio.get_running_loop().call_later(_LISTENING_SECONDS, self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self._start.cancel()
        if self._listener is not None:
            self._listener.remove_done_callback(self._heard)
            self._listener.cancel()

    def _listen(self) -> None:
        self._listener = asyncio.ensure_future(self._receive())
        self._listener.add_done_callback(self._heard)

    def _heard(self, listener: "asyncio.Task[Message]") -> None:
        if not listener.cancelled() and self._call is not None:
            self._gone = True
            self._call.cancel()

    def explain_cancellation(self) -> None:
        """Raise `ClientGoneError` when the caller's going was the reason."""
        if self._gone and self._call is not None:
            self._call.uncancel()
            raise ClientGoneError from None
