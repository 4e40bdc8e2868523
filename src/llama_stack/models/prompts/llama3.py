"""How Llama 3 and 4 are spoken to: a header before each message, a token after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .message import Message, Tool, ToolCall, json_call, json_list, python_call

__all__ = ("LLAMA_3", "LLAMA_3_1", "LLAMA_3_2", "LLAMA_3_2_VISION", "LLAMA_4", "Dialect")

_JSON_HINT = (
    "You can call these functions. To call one, answer with nothing but JSON of this form: "
    '{"name": the function\'s name, "parameters": its arguments by name}.'
)
_PYTHON_HINT = (
    "You can call these functions. To call some, answer with nothing but a list of calls of this form: "
    "[name(argument=value, …), …]."
)


def _json_calls(calls: Sequence[ToolCall]) -> str:
    return "".join(json_call(call) for call in calls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The tokens of one generation, and how it calls tools."""

    header: tuple[str, str] = ("<|start_header_id|>", "<|end_header_id|>")
    end: str = "<|eot_id|>"
    image: str = "<|image|>"
    tool_role: str = "ipython"
    hint: str = ""  # before the list of tools; none where there is no form for tools
    calls: Callable[[Sequence[ToolCall]], str] = _json_calls

    def render(self, messages: Sequence[Message], tools: Sequence[Tool] = ()) -> str:
        """The prompt, up to where the model begins to answer."""
        body = "".join(self._message(message) for message in self._with_tools(messages, tools))
        return f"<|begin_of_text|>{body}{self._header('assistant')}"

    def _with_tools(self, messages: Sequence[Message], tools: Sequence[Tool]) -> Sequence[Message]:
        if not tools or not self.hint:
            return messages
        known = f"{self.hint}\n\n{json_list(tools)}"
        if messages and messages[0].role == "system":
            return [Message("system", f"{messages[0].content}\n\n{known}"), *messages[1:]]
        return [Message("system", known), *messages]

    def _message(self, message: Message) -> str:
        role = self.tool_role if message.role == "tool" else message.role
        said = self.calls(message.calls) if message.calls else message.content.strip()
        return f"{self._header(role)}{self.image * message.images}{said}{self.end}"

    def _header(self, role: str) -> str:
        before, after = self.header
        return f"{before}{role}{after}\n\n"


LLAMA_3 = Dialect()
LLAMA_3_1 = Dialect(hint=_JSON_HINT)
LLAMA_3_2 = Dialect(hint=_PYTHON_HINT, calls=python_call)
LLAMA_3_2_VISION = Dialect(hint=_JSON_HINT)
LLAMA_4 = Dialect(
    header=("<|header_start|>", "<|header_end|>"),
    end="<|eot|>",
    image="<|image_start|><|image|><|patch|>…<|image_end|>",
    hint=_PYTHON_HINT,
    calls=python_call,
)
