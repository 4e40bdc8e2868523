"""The dialogues that the demonstration chat model learns from, and those that it is tested with."""

import json
from collections.abc import Callable
from itertools import islice

import pytest
from jsonschema import validate

from training.chat.dialogue import Dialogue, assistant, system, user
from training.chat.facts import Facts
from training.chat.jobs import job_tools
from training.chat.library import NOT_THERE
from training.chat.lists import load
from training.chat.mixture import SHARES, TOGETHER, lessons, make
from training.chat.rendering import answers_in, render
from training.chat.skills.extraction import extracts
from training.chat.skills.passages import from_stories, from_unseen_stories, questions_of_one_library
from training.chat.skills.tools import calls
from training.chat.stories import tell

BOTH = pytest.mark.parametrize("testing", [False, True])


@BOTH
@pytest.mark.parametrize("skill", SHARES)
def test_each_skill_ends_with_what_it_must_say(skill: Callable[[Facts], Dialogue], testing: bool) -> None:
    facts = make(1, testing=testing)
    for dialogue in (skill(facts) for _ in range(50)):
        text = render(dialogue.rendered())
        assert text.endswith("<|end|>")
        assert len(answers_in(text)) == sum(message["role"] == "assistant" for message in dialogue.messages)
        said = dialogue.answer["content"]
        assert said is None or all(each.lower() in said.lower() for each in dialogue.holds if testing)


def test_a_seed_gives_the_same_dialogues_again() -> None:
    first, second = (list(islice(lessons("seed"), 100)) for _ in range(2))
    assert [each.messages for lesson in first for each in lesson] == [
        each.messages for lesson in second for each in lesson
    ]


@pytest.mark.parametrize("skill", TOGETHER)
def test_dialogues_that_are_learned_together_begin_alike(skill: Callable[[Facts], list[Dialogue]]) -> None:
    facts = make(7)
    for lesson in (skill(facts) for _ in range(30)):
        texts = [render(each.rendered()) for each in lesson]
        assert len({text.partition("<|user|>")[0] for text in texts}) == 1
        assert all(text.endswith("<|end|>") for text in texts)


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("How are you?", "How are you?"),
        ("The lamp costs 3 euros.\n\nWhat does it cost?\n", "What does it cost?"),
        ("Sum this up.\n" + "a" * 400, None),
    ],
)
def test_the_last_line_of_what_the_user_says_is_read_twice_unless_it_is_long(said: str, again: str | None) -> None:
    shown = said if again is None else f"{said}<|user|>{again}"
    text = render({"messages": [system("Be kind."), user(said), assistant("Well.")]})
    assert text == f"<|system|>Be kind.<|end|><|user|>{shown}<|end|><|assistant|>Well.<|end|>"


def test_what_is_answered_from_a_library_stands_in_it_and_is_a_value_where_that_was_asked_for() -> None:
    facts = make(9)
    whole, brief = 0, 0
    for dialogue in (each for _ in range(100) for each in questions_of_one_library(facts)):
        asked, said = " ".join(message["content"] for message in dialogue.asked), dialogue.answer["content"]
        assert said == NOT_THERE or said.lower() in asked.lower()
        brief += said != NOT_THERE and said[-1] not in '.!"'
        whole += said[-1] == "."
    assert brief > 0.15 * whole


def test_a_call_holds_what_its_request_says_and_nothing_else() -> None:
    facts = make(8)
    for tool in (each for _ in range(200) for each in job_tools(facts, 3)):
        assert set(tool.arguments) <= set(tool.parameters)
        assert all(str(value).lower() in tool.request.lower() for value in tool.arguments.values())


@BOTH
def test_an_answer_from_documents_stands_in_them(testing: bool) -> None:
    facts = make(2, testing=testing)
    for dialogue in (from_stories(facts) for _ in range(200)):
        before = "".join(message["content"] for message in dialogue.asked)
        assert dialogue.answer["content"] == NOT_THERE or dialogue.answer["content"] in before


def test_no_question_or_document_that_is_tested_is_learned() -> None:
    learning, testing = make(3), make(3, testing=True)
    tested: set[str] = set()
    for number in range(len(load("stories")["passage"])):
        others = set(range(len(load("stories")["passage"]))) - {number}
        if number % 8:
            learned, asked = (_asks(facts, set(others)) for facts in (learning, testing))
            assert learned
            assert not learned & asked
            tested |= asked
    assert len(tested) > 1000
    assert from_unseen_stories(testing).skill.startswith("documents unlike any learned")


def _asks(facts: Facts, taken: set[int]) -> set[str]:
    """All questions about the one story that is not taken, without their values."""
    kept, left_out = tell(facts, taken)
    return {ask for told in (*kept, *left_out) for ask in told.asks}


@pytest.mark.parametrize("testing", [False, True])
def test_a_call_has_arguments_that_fit_its_tool(testing: bool) -> None:
    facts = make(4, testing=testing)
    for dialogue in (calls(facts) for _ in range(100)):
        [call] = dialogue.answer["tool_calls"]
        [tool] = [each for each in dialogue.tools or () if each["function"]["name"] == call["function"]["name"]]
        parameters = tool["function"]["parameters"]
        validate(json.loads(call["function"]["arguments"]), parameters | {"additionalProperties": False})


def test_what_a_schema_asks_for_stands_in_the_text() -> None:
    facts = make(5, testing=True)
    for dialogue in (extracts(facts) for _ in range(100)):
        assert dialogue.schema is not None
        values = json.loads(dialogue.answer["content"])
        validate(values, dialogue.schema)
        text = " ".join(message["content"] for message in dialogue.asked)
        each = [part for value in values.values() for part in (value if isinstance(value, list) else [value])]
        assert all(str(part).lower() in text.lower() for part in each)
