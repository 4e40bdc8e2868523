"""Requests as one service wants them."""

import json
from typing import Any

from llama_stack.providers.utils.dialect import Dialect


def asked(dialect: Dialect, **fields: Any) -> dict[str, Any]:
    return json.loads(dialect.apply(json.dumps(fields).encode()))


def test_fields_are_renamed_and_left_out() -> None:
    dialect = Dialect(rename={"max_completion_tokens": "max_tokens"}, drop=frozenset({"store"}))
    assert asked(dialect, max_completion_tokens=5, store=True, n=1) == {"max_tokens": 5, "n": 1}


def test_the_services_own_name_comes_first() -> None:
    dialect = Dialect(rename={"max_completion_tokens": "max_tokens"})
    assert asked(dialect, max_completion_tokens=5, max_tokens=7) == {"max_tokens": 7}


def test_values_are_replaced_or_left_out() -> None:
    dialect = Dialect(values={"tool_choice": {"required": "any"}, "encoding_format": {"float": None}})
    assert asked(dialect, tool_choice="required", encoding_format="float") == {"tool_choice": "any"}
    assert asked(dialect, tool_choice={"type": "function"}) == {"tool_choice": {"type": "function"}}


def test_roles_are_replaced() -> None:
    dialect = Dialect(roles={"developer": "system"})
    told = [{"role": "developer", "content": "be kind"}, {"role": "user", "content": "developer"}]
    assert [message["role"] for message in asked(dialect, messages=told)["messages"]] == ["system", "user"]


def test_a_request_that_says_nothing_of_it_keeps_its_bytes() -> None:
    dialect = Dialect(rename={"seed": "random_seed"}, drop=frozenset({"store"}), roles={"developer": "system"})
    body = b'{ "model":"m", "messages":[{"role":"user","content":"hi"}] }'
    assert dialect.apply(body) is body


def test_a_dialect_without_words_is_none() -> None:
    assert not Dialect()
    assert Dialect(drop=frozenset({"store"}))
