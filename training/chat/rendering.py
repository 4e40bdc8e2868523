"""A dialogue as the text that the model reads: by the very template that goes into the GGUF file."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment

__all__ = ("SPECIAL", "TEMPLATE", "answers_in", "render")

TEMPLATE = Path(__file__).with_name("template.jinja").read_text(encoding="utf-8").rstrip("\n")
END = "<|end|>"
# The markers of a call are text to llama.cpp, which parses them; the others never show.
SPECIAL = (END, "<|system|>", "<|tools|>", "<|user|>", "<|assistant|>", "<|tool|>", "<tool_call>", "</tool_call>")

_ANSWER = re.compile(r"(?<=<\|assistant\|>).*?<\|end\|>", re.DOTALL)


def render(dialogue: dict[str, Any], *, to_answer: bool = False) -> str:
    """`to_answer`: up to where the model is to go on."""
    return _COMPILED.render(messages=dialogue["messages"], tools=dialogue.get("tools"), add_generation_prompt=to_answer)


def answers_in(text: str) -> list[tuple[int, int]]:
    """From where to where the model speaks, the end of its turns included."""
    return [match.span() for match in _ANSWER.finditer(text)]


def _tojson(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_ENVIRONMENT = Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - what is made is no web page
_ENVIRONMENT.filters["tojson"] = _tojson
_COMPILED = _ENVIRONMENT.from_string(TEMPLATE)
