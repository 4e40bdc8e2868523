"""Prompt formats of the Llama families: which tokens, which roles, how tools are called, shown by an example."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ...apis.errors import UnsupportedError
from ..entry import CatalogueModel
from .guard import GUARD_1, GUARD_2, GUARD_3, GUARD_4
from .llama2 import render_code_llama_70b, render_llama_2
from .llama3 import LLAMA_3, LLAMA_3_1, LLAMA_3_2, LLAMA_3_2_VISION, LLAMA_4
from .message import Message, Tool, ToolCall

__all__ = ("FORMATS", "Message", "PromptFormat", "ToolCall", "prompt_format")

Render = Callable[[Sequence[Message], Sequence[Tool]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFormat:
    """How one generation of models is spoken to."""

    name: str
    summary: str
    roles: tuple[str, ...]
    tokens: Mapping[str, str]  # what each special token is for
    ends_with: tuple[str, ...]  # what the model writes when it is done
    tool_calls: str | None  # the form of a call; None where the models were not made for tools
    render: Render  # the prompt, up to where the model begins to answer

    def example(self) -> str:
        """A conversation in this format; with a tool that was called, where there is a form for that."""
        if self.name.startswith("llama-guard"):
            return self.render([Message("user", "How do I sharpen a kitchen knife?")], ())
        if self.tool_calls is None:
            return self.render(_TALK, ())
        return self.render(_TALK_WITH_A_TOOL, (_WEATHER,))


def prompt_format(model: CatalogueModel) -> PromptFormat:
    """The format of a model. Raises `UnsupportedError` for one that has none here."""
    if model.prompt is not None:
        return FORMATS[model.prompt]
    if not model.family.startswith(("llama-", "code-llama", "prompt-guard")):
        reason = "only those of the Llama families are; its own is in tokenizer_config.json of its repository"
    elif model.output_modalities:
        reason = "it is a base model, which goes on from any text"
    else:
        reason = "it labels a text as it is"
    raise UnsupportedError(f"no prompt format is kept for {model.name}: {reason}", param="model")


_TALK = (
    Message("system", "Answer in one sentence."),
    Message("user", "Why is the sky blue?"),
    Message("assistant", "Air scatters blue light more than red."),
    Message("user", "And at dusk?"),
)
_WEATHER = {
    "name": "get_weather",
    "description": "The weather in a place",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
_TALK_WITH_A_TOOL = (
    Message("system", "Answer in one sentence."),
    Message("user", "Do I need an umbrella in Turin?"),
    Message("assistant", calls=(ToolCall("get_weather", {"city": "Turin"}),)),
    Message("tool", '{"sky": "clear"}'),
)

_LLAMA_3_TOKENS = {
    "<|begin_of_text|>": "begins a prompt",
    "<|start_header_id|> <|end_header_id|>": "around the role of a message",
    "<|eot_id|>": "ends a message, and the model's turn",
    "<|end_of_text|>": "ends the text of a base model",
}
_LLAMA_3_1_TOKENS = _LLAMA_3_TOKENS | {
    "<|eom_id|>": "ends a message of the model that waits for a tool's result",
    "<|python_tag|>": "begins a call of a built-in tool, or code to run",
    "<|finetune_right_pad_id|>": "fills up a batch",
}
_LLAMA_4_TOKENS = {
    "<|begin_of_text|>": "begins a prompt",
    "<|header_start|> <|header_end|>": "around the role of a message",
    "<|eot|>": "ends a message, and the model's turn",
    "<|eom|>": "ends a message of the model that waits for a tool's result",
    "<|python_start|> <|python_end|>": "around code to run",
    "<|image_start|> <|image|> <|image_end|>": "around an image, cut into tiles of <|patch|> tokens",
}
_ROLES = ("system", "user", "assistant", "ipython (results of tools)")
_JSON = '{"name": "get_weather", "parameters": {"city": "Turin"}}'
_PYTHON = "[get_weather(city='Turin')]"
_VERDICT = ("safe", "unsafe, then the categories on a second line")

_ALL = (
    PromptFormat(
        name="llama-2",
        summary="Llama 2 and Code Llama: each exchange in [INST], the system's words in the first",
        roles=("system", "user", "assistant"),
        tokens={
            "<s> </s>": "around each exchange",
            "[INST] [/INST]": "around what the user says",
            "<<SYS>> <</SYS>>": "around the system's words",
        },
        ends_with=("</s>",),
        tool_calls=None,
        render=render_llama_2,
    ),
    PromptFormat(
        name="code-llama-70b",
        summary="Code Llama 70B: who speaks and to whom, in words",
        roles=("system", "user", "assistant"),
        tokens={"<s>": "begins a prompt", "<step>": "ends a message"},
        ends_with=("<step>",),
        tool_calls=None,
        render=render_code_llama_70b,
    ),
    PromptFormat(
        name="llama-3",
        summary="Llama 3: a header before each message",
        roles=("system", "user", "assistant"),
        tokens=_LLAMA_3_TOKENS,
        ends_with=("<|eot_id|>",),
        tool_calls=None,
        render=LLAMA_3.render,
    ),
    PromptFormat(
        name="llama-3.1",
        summary="Llama 3.1 and 3.3: Llama 3's headers; tools are called in JSON",
        roles=_ROLES,
        tokens=_LLAMA_3_1_TOKENS,
        ends_with=("<|eot_id|>", "<|eom_id|>"),
        tool_calls=_JSON,
        render=LLAMA_3_1.render,
    ),
    PromptFormat(
        name="llama-3.2",
        summary="Llama 3.2 1B and 3B: Llama 3's headers; tools are called as in Python",
        roles=_ROLES,
        tokens=_LLAMA_3_1_TOKENS,
        ends_with=("<|eot_id|>", "<|eom_id|>"),
        tool_calls=_PYTHON,
        render=LLAMA_3_2.render,
    ),
    PromptFormat(
        name="llama-3.2-vision",
        summary="Llama 3.2 11B and 90B: as 3.1, with <|image|> where an image is; tools only without one",
        roles=_ROLES,
        tokens=_LLAMA_3_1_TOKENS | {"<|image|>": "stands for an image; the text after it sees it"},
        ends_with=("<|eot_id|>", "<|eom_id|>"),
        tool_calls=_JSON,
        render=LLAMA_3_2_VISION.render,
    ),
    PromptFormat(
        name="llama-4",
        summary="Llama 4: shorter headers; tools are called as in Python",
        roles=_ROLES,
        tokens=_LLAMA_4_TOKENS,
        ends_with=("<|eot|>", "<|eom|>"),
        tool_calls=_PYTHON,
        render=LLAMA_4.render,
    ),
    PromptFormat(
        name="llama-guard-1",
        summary="Llama Guard 1: the task and the conversation in one [INST]",
        roles=("user", "assistant"),
        tokens={"[INST] [/INST]": "around the task"},
        ends_with=_VERDICT,
        tool_calls=None,
        render=GUARD_1.render,
    ),
    PromptFormat(
        name="llama-guard-2",
        summary="Llama Guard 2: the task and the conversation in one message of Llama 3; eleven categories",
        roles=("user", "assistant"),
        tokens=_LLAMA_3_TOKENS,
        ends_with=_VERDICT,
        tool_calls=None,
        render=GUARD_2.render,
    ),
    PromptFormat(
        name="llama-guard-3",
        summary="Llama Guard 3: as 2, with the fourteen hazards of MLCommons",
        roles=("user", "assistant"),
        tokens=_LLAMA_3_TOKENS,
        ends_with=_VERDICT,
        tool_calls=None,
        render=GUARD_3.render,
    ),
    PromptFormat(
        name="llama-guard-4",
        summary="Llama Guard 4: the task and the conversation in one message of Llama 4",
        roles=("user", "assistant"),
        tokens=_LLAMA_4_TOKENS,
        ends_with=_VERDICT,
        tool_calls=None,
        render=GUARD_4.render,
    ),
)
FORMATS = MappingProxyType({each.name: each for each in _ALL})
