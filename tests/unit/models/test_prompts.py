"""Prompts, token for token."""

from collections.abc import Mapping
from typing import Any

import pytest

from llama_stack.apis.errors import UnsupportedError
from llama_stack.models import Message, ToolCall, prompt_format, resolve_model

TALK = (Message("system", "Be brief."), Message("user", "Hello"), Message("assistant", "Hi."), Message("user", "Bye"))
TOOL = {"name": "add", "parameters": {"type": "object"}}
CALL = (
    Message("user", "What is 1 + 2?"),
    Message("assistant", calls=(ToolCall("add", {"a": 1, "b": 2}),)),
    Message("tool", "3"),
)


def rendered(name: str, *messages: Message, tools: tuple[Mapping[str, Any], ...] = ()) -> str:
    return prompt_format(resolve_model(name)).render(messages, tools)


def test_llama_2_puts_the_systems_words_into_the_first_exchange() -> None:
    assert rendered("llama2", *TALK) == (
        "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHello [/INST] Hi. </s><s>[INST] Bye [/INST]"
    )


@pytest.mark.parametrize("name", ["llama3", "llama3.1", "llama3.2", "llama3.3"])
def test_llama_3_puts_a_header_before_each_message(name: str) -> None:
    assert rendered(name, *TALK) == (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nHi.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
    )


def test_llama_4_has_shorter_headers() -> None:
    assert rendered("llama4", TALK[1]) == (
        "<|begin_of_text|><|header_start|>user<|header_end|>\n\nHello<|eot|><|header_start|>assistant<|header_end|>\n\n"
    )


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("llama3.1", '{"name": "add", "parameters": {"a": 1, "b": 2}}'),
        ("llama3.2", "[add(a=1, b=2)]"),
        ("llama4", "[add(a=1, b=2)]"),
    ],
)
def test_a_call_and_its_result_are_messages(name: str, call: str) -> None:
    text = rendered(name, *CALL, tools=(TOOL,))
    said = [part.partition(">\n\n")[2] for part in text.split("header_id|" if name != "llama4" else "header_end|")]
    assert call in text
    assert text.index('"name": "add"') < text.index("What is 1 + 2?") < text.rindex(call) < text.rindex("3")
    assert "ipython" in text
    assert said[-1] == ""


def test_an_image_stands_before_the_text_that_sees_it() -> None:
    assert "\n\n<|image|>What is this?<|eot_id|>" in rendered(
        "llama3.2-vision", Message("user", "What is this?", images=1)
    )


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("LlamaGuard-7b", "O1: Violence and Hate.", "O6: Self-Harm."),
        ("Llama-Guard-2-8B", "S1: Violent Crimes.", "S11: Sexual Content."),
        ("Llama-Guard-3-8B", "S1: Violent Crimes.", "S14: Code Interpreter Abuse."),
        ("Llama-Guard-4-12B", "S1: Violent Crimes.", "S14: Code Interpreter Abuse."),
    ],
)
def test_a_guard_is_asked_about_the_last_message_and_its_own_categories(name: str, first: str, last: str) -> None:
    text = rendered(name, Message("user", "Hello"), Message("assistant", "Hi."))
    assert f"<BEGIN UNSAFE CONTENT CATEGORIES>\n{first}\n" in text
    assert f"\n{last}\n<END UNSAFE CONTENT CATEGORIES>" in text
    assert "<BEGIN CONVERSATION>\n\nUser: Hello\n\nAgent: Hi.\n\n<END CONVERSATION>" in text
    assert "in 'Agent' messages" in text


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Llama3.2-3B", "it is a base model"),
        ("Prompt-Guard-86M", "it labels a text as it is"),
        ("qwen3:8b", "tokenizer_config.json of its repository"),
    ],
)
def test_a_model_without_a_format_says_why(name: str, reason: str) -> None:
    with pytest.raises(UnsupportedError, match=reason):
        prompt_format(resolve_model(name))
