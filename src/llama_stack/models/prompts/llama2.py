"""How Llama 2 and Code Llama are spoken to: `[INST]`, and the system's words inside the first one."""

from collections.abc import Sequence

from .message import Message, Tool

__all__ = ("render_code_llama_70b", "render_llama_2")


def render_llama_2(messages: Sequence[Message], tools: Sequence[Tool] = ()) -> str:
    """`<s>[INST] … [/INST] … </s>` for each exchange. It has no form for tools."""
    system, turns = _system_apart(messages)
    opening = f"<<SYS>>\n{system}\n<</SYS>>\n\n" if system else ""
    text = ""
    for turn in turns:
        if turn.role == "assistant":
            text += f" {turn.content.strip()} </s>"
        else:
            text += f"<s>[INST] {opening}{turn.content.strip()} [/INST]"
            opening = ""
    return text


def render_code_llama_70b(messages: Sequence[Message], tools: Sequence[Tool] = ()) -> str:
    """`Source:` and `Destination:`, with `<step>` between. It has no form for tools."""
    turns = (f"Source: {turn.role}\n\n {turn.content.strip()} <step> " for turn in messages)
    return f"<s>{''.join(turns)}Source: assistant\nDestination: user\n\n "


def _system_apart(messages: Sequence[Message]) -> tuple[str, Sequence[Message]]:
    if messages and messages[0].role == "system":
        return messages[0].content.strip(), messages[1:]
    return "", messages
