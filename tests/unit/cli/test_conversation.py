"""A conversation, with a model that follows a script."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from llama_stack import AsyncLlamaStackAsLibraryClient
from llama_stack.apis.errors import StackError
from llama_stack.cli.chat.conversation import Conversation

pytestmark = pytest.mark.anyio

Turn = dict[str, Any]


@asynccontextmanager
async def conversation(
    *turns: Turn, system: str | None = None
) -> AsyncIterator[tuple[Conversation, Callable[[], Any]]]:
    """A conversation, and what the model was last asked."""
    entry = {"provider_id": "it", "provider_type": "inline::scripted", "config": {"turns": list(turns)}}
    async with await AsyncLlamaStackAsLibraryClient.create({"providers": {"inference": [entry]}}) as client:
        impl = client.stack.configured[0].impl

        def asked() -> list[tuple[str, str]]:
            return [(message.role, message.content) for message in impl.requests[-1].messages]

        yield Conversation(client.inference, "it/scripted", system), asked


def nowhere(text: str, is_thought: bool) -> None:
    """Show nothing."""


async def test_an_answer_is_shown_as_it_comes_and_its_tokens_are_counted() -> None:
    shown: list[tuple[str, bool]] = []
    async with conversation({"say": "It is", "think": "hm"}) as (talk, _):
        pace = await talk.answer("What?", lambda text, is_thought: shown.append((text, is_thought)))
    assert shown == [("hm", True), ("It", False), (" is", False)]
    assert pace.tokens == 2
    assert pace.seconds > 0


async def test_what_was_said_goes_along_with_the_next_question() -> None:
    async with conversation({"say": "Good."}, {"say": "Yes."}, system="Be brief.") as (talk, asked):
        await talk.answer("How are you?", nowhere)
        await talk.answer("Really?", nowhere)
        assert asked() == [
            ("system", "Be brief."),
            ("user", "How are you?"),
            ("assistant", "Good."),
            ("user", "Really?"),
        ]


async def test_a_question_that_was_refused_is_forgotten() -> None:
    async with conversation({"fail": {"status": 429, "message": "slow down"}}, {"say": "Yes."}) as (talk, asked):
        with pytest.raises(StackError, match="slow down"):
            await talk.answer("One", nowhere)
        await talk.answer("Two", nowhere)
        assert asked() == [("user", "Two")]


async def test_of_an_answer_that_is_stopped_what_came_is_kept() -> None:
    began = asyncio.Event()
    async with conversation({"say": "one two three", "pause_seconds": 0.05}) as (talk, _):
        answering = asyncio.create_task(talk.answer("Count", lambda *_: began.set()))
        await began.wait()
        answering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await answering
        assert talk.turns == [{"role": "user", "content": "Count"}, {"role": "assistant", "content": "one"}]
