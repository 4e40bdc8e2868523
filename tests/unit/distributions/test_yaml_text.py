"""Data written as YAML."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from llama_stack.distributions.yaml_text import to_yaml


def test_it_reads_as_people_write_it() -> None:
    data = [{"id": "a", "config": {"url": "${env.URL:=http://host:1/v1}", "list": ["x", 1], "none": [], "nested": {}}}]
    assert (
        to_yaml(data, indent=2)
        == """\
  - id: a
    config:
      url: ${env.URL:=http://host:1/v1}
      list:
      - x
      - 1
      none: []
      nested: {}
"""
    )


TEXTS = (
    [
        "",
        " ",
        "yes",
        "NULL",
        "~",
        "1",
        "1.5",
        "0x1",
        "2024-01-01",
        "a: b",
        "a:",
        "a #b",
        "- a",
        "#",
        "?",
        "%",
        "@",
        "`",
    ],
    [
        "'",
        '"q"',
        "é",
        "a\nb",
        "*x",
        "&x",
        "{a",
        "[a",
        "!x",
        "${env.A:={}}",
        "~/x",
        "a\\b",
        "\u2028",
        "\x85",
        "\U0001f999",
    ],
)
OTHERS = (True, None, 0, -1, 2.5, [], {}, [[1], {"a": [{}]}], {"": ""}, {"1": {"true": 1}})


@pytest.mark.parametrize("value", [*TEXTS[0], *TEXTS[1], *OTHERS])
def test_what_is_written_is_read_back(value: Any) -> None:
    data = {"value": value, "list": [value], "next": 1}
    assert YAML(typ="safe").load(to_yaml(data)) == data
