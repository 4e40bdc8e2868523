"""Which requests count as the same, and what is said of those that do not."""

from typing import Any

import pytest

from llama_stack.testing import Options
from llama_stack.testing.cassettes.interaction import Asked, Interaction
from llama_stack.testing.cassettes.matching import Matcher

STRICT, LOOSE = Matcher(Options()), Matcher(Options(match="loose"))


def asked(provider: str = "up", url: str = "http://one/v1/chat/completions", **body: Any) -> Asked:
    return Asked(provider, {"method": "POST", "url": url, "json": body})


def test_the_host_and_the_order_of_fields_do_not_count() -> None:
    one = asked(model="m", n=1)
    assert STRICT.key(one) == STRICT.key(asked(url="https://two:99/v1/chat/completions", n=1, model="m"))
    assert STRICT.key(one) != STRICT.key(asked(url="http://one/v2/chat/completions", model="m", n=1))
    assert STRICT.key(one) != STRICT.key(asked(provider="other", model="m", n=1))


def test_the_parameters_of_a_url_count_in_any_order() -> None:
    first, second = asked(url="http://h/x?a=1&b=2"), asked(url="http://h/x?b=2&a=1")
    assert STRICT.key(first) == STRICT.key(second) != STRICT.key(asked(url="http://h/x?a=1"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"user": "me"}, {}),
        ({"seed": 7, "metadata": {"a": "b"}}, {"metadata": {"c": "d"}}),
        ({"stream_options": {"include_usage": True}}, {}),
        ({"messages": [{"tool_call_id": "call_1"}]}, {"messages": [{"tool_call_id": "call_2"}]}),
        ({"messages": [{"tool_calls": [{"id": "call_1"}]}]}, {"messages": [{"tool_calls": [{"id": "call_2"}]}]}),
    ],
)
def test_loose_leaves_out_who_asks_and_made_up_ids(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert LOOSE.key(asked(model="m", **one)) == LOOSE.key(asked(model="m", **other))
    assert STRICT.key(asked(model="m", **one)) != STRICT.key(asked(model="m", **other))


def test_what_is_left_out_can_be_chosen() -> None:
    matcher = Matcher(Options(match="loose", ignore=("messages.*.name", "**.cache", "top")))
    one = asked(top=1, messages=[{"role": "user", "name": "a", "content": [{"text": "x", "cache": 1}]}])
    two = asked(top=2, messages=[{"role": "user", "name": "b", "content": [{"text": "x", "cache": 2}]}])
    three = asked(top=1, messages=[{"role": "user", "content": [{"text": "y"}]}])
    assert matcher.key(one) == matcher.key(two) != matcher.key(three)


def test_differences_are_named_by_their_dotted_path_with_both_values_shortened() -> None:
    recorded = asked(model="m", messages=[{"content": "so " * 50 + "hello"}], temperature=1)
    now = asked(model="m", messages=[{"content": "so " * 50 + "goodbye"}], tools=[])
    said = [str(difference) for difference in STRICT.differences(recorded, now)]
    assert said == [
        'body.messages[0].content: recorded …o so so so so so so hello", asked …o so so so so so so goodbye"',
        "body.temperature: recorded 1, asked nothing",
        "body.tools: recorded nothing, asked []",
    ]


def test_the_nearest_is_the_one_with_the_fewest_and_smallest_differences() -> None:
    bodies = [{"content": "tell me of fish"}, {"content": "what is the weather in Oslo"}, {"content": "x", "n": 2}]
    recorded = [Interaction(n, asked(**body), {}) for n, body in enumerate(bodies, start=1)]
    near = STRICT.nearest(asked(content="what is the weather in Rome"), recorded)
    assert near
    assert near[0].number == 2
    assert STRICT.nearest(asked(content="x"), []) is None
