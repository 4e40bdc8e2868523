"""What the demonstration chat model is tested in was never learned: no wording, and none that is put together."""

import re
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest

from training.chat.lists import load

ORDERS, VARIETY, RELATIONS = load("orders"), load("variety"), load("relations")
TOOLS: list[dict[str, Any]] = load("tools")["tool"]
JOBS: list[dict[str, Any]] = load("jobs")["job"]
# Of a few ways to join a name and a value only signs tell them apart.
LISTS = [name.removeprefix("test_") for name in ORDERS if name.startswith("test_") and name != "test_tool_joins"]
WITH_ASKS = {
    **{f"smalltalk {name}": row for name, row in load("smalltalk").items()},
    **{f"sentence {name}": row for name, row in load("sentences").items()},
    **{f"stack {number}": row for number, row in enumerate(load("stack")["topic"])},
}


def bare(wordings: Iterable[str]) -> set[str]:
    """Without capitals and punctuation."""
    return {re.sub(r"[^a-z0-9{}]+", " ", each.lower()).strip() for each in wordings}


def together(form: str, part: str = "np", parts: str = "np") -> set[str]:
    return bare(one.replace(f"{{{part}}}", other) for one, other in product(VARIETY[form], VARIETY[parts]))


GENERAL = {
    "asks": bare(ORDERS["fact_asks"]) | together("ask_np"),
    "says": bare(ORDERS["fact_says"]) | together("state_np"),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_wording_that_is_tested_is_learned(name: str) -> None:
    assert ORDERS[f"test_{name}"]
    assert not bare(ORDERS[f"test_{name}"]) & (bare(ORDERS[name]) | GENERAL.get(name.removeprefix("fact_"), set()))


def test_no_request_for_an_invented_tool_is_put_together_as_one_that_is_tested() -> None:
    assert not bare(ORDERS["test_tool_asks"]) & together("requests", "r", "orders")


def test_no_joint_that_is_tested_is_learned() -> None:
    assert not set(ORDERS["test_tool_joins"]) & set(ORDERS["tool_joins"])


@pytest.mark.parametrize("kind", GENERAL)
@pytest.mark.parametrize("noun", [noun for noun, row in RELATIONS.items() if "test_says" in row])
def test_nothing_is_asked_or_said_of_a_relation_as_it_was_learned(noun: str, kind: str) -> None:
    row = RELATIONS[noun]
    assert row[f"test_{kind}"]
    learned = bare(row[kind]) | {each.replace("{n}", noun) for each in GENERAL[kind]}
    assert not bare(row[f"test_{kind}"]) & learned


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in WITH_ASKS.items() if "test_asks" in row])
def test_no_question_that_is_tested_is_learned(row: dict[str, Any]) -> None:
    assert not bare(row["test_asks"]) & bare(row["asks"])


@pytest.mark.parametrize("tool", [pytest.param(tool, id=tool["names"][0]) for tool in TOOLS if "test_asks" in tool])
def test_no_request_for_a_tool_is_learned(tool: dict[str, Any]) -> None:
    assert not bare(tool["test_asks"]) & bare(tool["asks"])


def test_no_tool_that_is_tested_is_learned() -> None:
    tested = [tool for tool in TOOLS if tool.get("tested")]
    learned = [tool for tool in TOOLS if not tool.get("tested")]
    assert tested
    for part in ("names", "about", "asks"):
        one, other = (bare(each for tool in tools for each in tool[part]) for tools in (tested, learned))
        assert not one & other
        assert not one & bare(each for job in JOBS for each in job["leads" if part == "asks" else part])


def test_no_job_is_asked_for_as_a_tool_that_is_tested() -> None:
    tested = bare(ask for tool in TOOLS for ask in tool.get("test_asks", ()))
    assert not tested & bare(lead for job in JOBS for lead in job["leads"])


@pytest.mark.parametrize("job", [pytest.param(job, id=job["names"][0]) for job in JOBS])
def test_words_of_a_job_have_a_place_for_its_arguments(job: dict[str, Any]) -> None:
    arguments: dict[str, dict[str, Any]] = job["arguments"]
    names = [*arguments, *(other for argument in arguments.values() for other in argument["called"])]
    assert len(set(names)) == len(names)
    assert {slot for lead in job["leads"] for slot in re.findall(r"{(\w*)}", lead)} <= set(arguments)
    assert any("{" not in lead for lead in job["leads"])
    for argument in arguments.values():
        assert argument["said"]
        assert argument["stated"]
        assert all(re.findall(r"{\w*}", form) == ["{}"] for form in (*argument["said"], *argument["stated"]))


def test_no_order_to_be_brief_that_is_tested_is_put_together() -> None:
    for kind in VARIETY["briefly"].values():
        assert not bare(ORDERS["test_brief"]) & {
            each for form in kind["forms"] for each in bare(form.replace("{t}", one) for one in kind["list"])
        }


def test_no_two_arguments_of_a_tool_can_be_called_the_same() -> None:
    for tool in (tool for tool in TOOLS if "called" in tool):
        names = [*tool["arguments"], *(other for others in tool["called"].values() for other in others)]
        assert set(tool["called"]) <= set(tool["arguments"]), tool["names"]
        assert len(set(names)) == len(names), tool["names"]
