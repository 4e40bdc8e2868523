"""The way to a stack, behind a server or in this process, for code that waits for the keyboard in between."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ...apis.errors import NotFoundError, StackError, UpstreamError
from ...core.loop_thread import LoopThread
from .conversation import Conversation

if TYPE_CHECKING:
    from ...apis.models import Model

__all__ = ("Connection",)

T = TypeVar("T")


class Connection:
    """A client that lives in the event loop of a thread of its own, so that it goes on while a person types."""

    def __init__(self, client: Any, thread: LoopThread, place: str) -> None:
        self.client, self.thread, self.place = client, thread, place

    @classmethod
    def to_server(cls, url: str) -> Self:
        from llama_stack_client import AsyncLlamaStackClient

        thread = LoopThread()
        return cls(thread.run(_made(AsyncLlamaStackClient, url)), thread, url)

    @classmethod
    def to_stack(cls, target: str) -> Self:
        from ...core.library_client import AsyncLlamaStackAsLibraryClient
        from ..logs import set_up_logs

        thread = LoopThread()
        client = thread.run(AsyncLlamaStackAsLibraryClient.create(target))
        set_up_logs(client.stack.config)
        return cls(client, thread, target)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.thread.run(self.client.aclose())
        self.thread.stop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for `work`; Ctrl-C cancels it."""
        return self.thread.run(work)

    def models(self) -> list["Model"]:
        """The models that chat, in the order of the config."""
        return [model for model in self.run(self.client.models.list_models()).data if model.model_type == "llm"]

    def conversation(self, model: str | None, system: str | None) -> Conversation:
        """A new conversation, with the first model listed if none is named."""
        if model is None:
            model = next((known.identifier for known in self.models()), None)
        if model is None:
            advice = "`llama stack check --live` says what its providers lack"
            raise NotFoundError(f"{self.place} has no model to chat with; {advice}")
        return Conversation(self.client.inference, model, system)

    def better(self, model: str) -> str | None:
        """The command that brings a better model, where the one at hand is no more than a toy."""
        return next((known.metadata.get("better") for known in self.models() if known.identifier == model), None)

    def explain(self, error: StackError) -> str:
        """An error in one line."""
        if isinstance(error, UpstreamError) and (error.provider_id, error.code) == _NOBODY:
            advice = "start one with `llama stack run`, or do without: `llama chat --in-process starter`"
            return f"no server answers at {self.place}; {advice}"
        return " ".join(error.message.split())


_NOBODY = ("llama-stack", "upstream_unreachable")  # how the client says that its server is not there


async def _made(client: Any, url: str) -> Any:
    """A client made inside the event loop that it will use."""
    return client(url)
