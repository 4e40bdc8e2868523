"""References to the environment in a run config."""

import pytest

from llama_stack.core.env import expand

ENV = {"A": "one", "EMPTY": "", "lower_2": "low", "PORT": "0123"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("${env.A}", "one"),
        ("<${env.A}/${env.lower_2}>", "<one/low>"),
        ("${env.PORT}", "0123"),
        ("${env.A:=two}", "one"),
        ("${env.NOPE:=two}", "two"),
        ("${env.EMPTY:=two}", "two"),
        ("${env.A:+yes}", "yes"),
        ("x${env.NOPE:+yes}", "x"),
        ("x${env.EMPTY:+yes}", "x"),
        ("${env.NOPE:=a:=b:+c}", "a:=b:+c"),
        ("${env.NOPE:=http://localhost:11434/v1}", "http://localhost:11434/v1"),
        ('${env.NOPE:={"a": {"b": 1}}}', '{"a": {"b": 1}}'),
        ("${env.NOPE:=${env.EMPTY:=x}}", "x"),
        ("${env.NOPE:=${env.A}/${env.lower_2}}", "one/low"),
        ("${env.A:+${env.lower_2}}", "low"),
        ("$${env.A}", "${env.A}"),
        ("a $${env.NOPE:=${env.NOPE}} b", "a ${env.NOPE:=${env.NOPE}} b"),
        ("$A ${A} ${other.A} {env.A}", "$A ${A} ${other.A} {env.A}"),
        ("${env.NOPE:=line\nline}", "line\nline"),
    ],
)
def test_references_are_filled_in(text: str, expected: str) -> None:
    assert expand(text, ENV) == (expected, [])


@pytest.mark.parametrize("text", ["${env.NOPE:=}", "${env.EMPTY:=}", "${env.NOPE:+x}", "${env.NOPE:=${env.EMPTY:=}}"])
def test_a_text_that_is_one_reference_and_comes_out_empty_is_none(text: str) -> None:
    assert expand(text, ENV) == (None, [])


def test_two_references_that_come_out_empty_are_an_empty_string() -> None:
    assert expand("${env.NOPE:=}${env.EMPTY:=}", ENV) == ("", [])


def test_every_unset_variable_of_a_text_is_named() -> None:
    _, problems = expand("${env.X}-${env.EMPTY}", ENV)
    assert problems == [
        "environment variable X is not set; set it, or write ${env.X:=default}",
        "environment variable EMPTY is not set; set it, or write ${env.EMPTY:=default}",
    ]


def test_a_branch_that_is_not_taken_is_not_read() -> None:
    assert expand("${env.A:=${env.NOPE}}", ENV) == ("one", [])
    assert expand("-${env.NOPE:+${env.NOPE}}", ENV) == ("-", [])


@pytest.mark.parametrize("text", ["${env.1X}", "${env.}", "${env.A:-x}", "${env.A:?x}", "${env.A B}", "${env.É}"])
def test_a_malformed_reference_is_a_problem(text: str) -> None:
    _, problems = expand(text, ENV)
    assert len(problems) == 1
    assert "is no reference; write ${env.NAME}, ${env.NAME:=default} or ${env.NAME:+value}" in problems[0]


def test_a_malformed_reference_does_not_show_what_follows_the_name() -> None:
    assert "s3cret" not in expand("${env.A:-s3cret}", ENV)[1][0]


def test_an_unclosed_reference_is_a_problem() -> None:
    assert expand("${env.A:={x}", ENV)[1] == [
        "a reference is not closed; write ${env.NAME}, ${env.NAME:=default} or ${env.NAME:+value}"
    ]
