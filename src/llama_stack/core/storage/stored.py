"""Stored completions as OpenAI's API shows them."""

import logging
from typing import Any

import msgspec
from pydantic import ValidationError

from ...apis.common import Order
from ...apis.errors import NotFoundError
from ...apis.inference.types import StoredCompletion, StoredCompletions, StoredMessage, StoredMessages
from ...apis.wire import edit
from .completion_table import CompletionRecord

__all__ = ("completion_list", "message_list", "stored_completion")

log = logging.getLogger(__name__)


def stored_completion(record: CompletionRecord) -> StoredCompletion:
    """The completion with its metadata and the messages it answered."""
    head = {"id": record.id, "created": record.created, "model": record.model, "metadata": record.metadata}
    try:
        whole = edit(record.body, put=head | {"input_messages": msgspec.Raw(record.messages)})
        return StoredCompletion.model_validate_json(whole)
    except (msgspec.MsgspecError, ValidationError, UnicodeDecodeError) as error:
        # A service answered nonsense and it was stored. One such row must not hide the others from a list.
        log.debug("stored completion %r is malformed and shown without its choices: %s", record.id, error)
        return StoredCompletion.model_validate(head | {"choices": []})


def completion_list(records: list[CompletionRecord], limit: int) -> StoredCompletions:
    """A page of at most `limit` of the records; a record more says that there is another page."""
    data = [stored_completion(record) for record in records[:limit]]
    return StoredCompletions(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=len(records) > limit,
    )


def message_list(record: CompletionRecord, *, after: str | None, limit: int, order: Order) -> StoredMessages:
    """A page of the messages that were answered; their ids are `{completion id}-{index}`."""
    messages = [_message(record.id, index, each) for index, each in enumerate(msgspec.json.decode(record.messages))]
    if order == "desc":
        messages.reverse()
    rest = messages[_behind(messages, after) :]
    data = rest[:limit]
    return StoredMessages(
        data=data,
        first_id=data[0].id if data else None,
        last_id=data[-1].id if data else None,
        has_more=len(rest) > limit,
    )


def _message(completion_id: str, index: int, message: dict[str, Any]) -> StoredMessage:
    """Content given in parts is shown as `content_parts`, and `content` is null, as OpenAI has it."""
    content = message.get("content")
    in_parts = isinstance(content, list)
    shown = {"content": None if in_parts else content, "content_parts": content if in_parts else None}
    return StoredMessage.model_validate(message | shown | {"id": f"{completion_id}-{index}"})


def _behind(messages: list[StoredMessage], after: str | None) -> int:
    if after is None:
        return 0
    for position, message in enumerate(messages, start=1):
        if message.id == after:
            return position
    raise NotFoundError(f"after: no stored message has the id {after!r}", param="after")
