"""One matter after the other in one conversation."""

from collections.abc import Callable

from ..dialogue import Dialogue, Message
from ..facts import Facts
from .instructions import repeats
from .passages import from_passages
from .smalltalk import about_stack, smalltalk

__all__ = ("mixed",)

_SKILLS: tuple[Callable[[Facts], Dialogue], ...] = (smalltalk, about_stack, from_passages, repeats)


def mixed(facts: Facts) -> Dialogue:
    messages: list[Message] = []
    parts = [facts.chance.choice(_SKILLS)(facts) for _ in range(facts.chance.choice((2, 2, 3)))]
    for part in parts:
        messages += [message for message in part.messages if not messages or message["role"] != "system"]
    if any(part.messages[0]["role"] == "system" and part.skill in _BOUND for part in parts[1:]):
        return mixed(facts)  # its passages were in the system message
    return Dialogue(messages, "changes the subject", holds=parts[-1].holds)


_BOUND = ("copies from passages", "says it is not there")
