"""Cassettes on disk: what a reviewer sees, and what becomes of damage."""

import random
from pathlib import Path
from typing import Any

import pytest

from llama_stack.testing import CassetteError
from llama_stack.testing.cassettes.files import append, load
from llama_stack.testing.cassettes.interaction import Asked, Interaction


def interaction(number: int = 1, **response: Any) -> Interaction:
    request = {"method": "POST", "url": "http://h/v1/chat/completions", "json": {"model": "m", "n": 1}}
    return Interaction(number, Asked("up", request), {"status": 200, **response})


def test_an_interaction_is_a_document_that_people_can_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "tape.yaml"
    append(path, interaction(stream=["data: {}\n\n", "data: [DONE]\n\n"], seconds=[0.25, 0.0]))
    assert path.read_text() == (
        "---\n"
        "number: 1\n"
        "provider: up\n"
        "request:\n"
        "  method: POST\n"
        "  url: http://h/v1/chat/completions\n"
        "  json:\n"
        "    model: m\n"
        "    n: 1\n"
        "response:\n"
        "  status: 200\n"
        "  stream:\n"
        "  - |+\n"
        "    data: {}\n"
        "\n"
        "  - |+\n"
        "    data: [DONE]\n"
        "\n"
        "  seconds: [0.25, 0.0]\n"
    )
    assert load(path) == [interaction(stream=["data: {}\n\n", "data: [DONE]\n\n"], seconds=[0.25, 0.0])]


def test_interactions_are_in_the_order_in_which_they_were_asked(tmp_path: Path) -> None:
    for number in (2, 1, 3):
        append(tmp_path / "t.yaml", interaction(number))
    assert [each.number for each in load(tmp_path / "t.yaml")] == [1, 2, 3]


def test_a_file_by_hand_needs_little(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(
        "# mine\nrequest: {url: a}\nresponse: {json: [1]}\n--- # the next\nrequest: {url: b}\nresponse: {text: x}\n"
    )
    assert [(each.number, each.asked.method) for each in load(path)] == [(1, "POST"), (2, "POST")]
    assert load(tmp_path / "absent.yaml") == []


def test_of_a_file_that_a_crash_has_cut_all_but_the_last_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    for number in (1, 2, 3):
        append(path, interaction(number, text="a\nb\n"))
    whole = path.read_bytes()
    start = whole.rindex(b"---")
    for end in range(start, whole.index(b"response:", start) + 8):
        path.write_bytes(whole[:end])
        assert [each.number for each in load(path)] == [1, 2]
        load(path, mend=True)
        append(path, interaction(4))
        assert [each.number for each in load(path)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("request: {url: a}\nresponse: {text: x}\n---\n\n---\nrequest: [\n---\nresponse: {}\n", ":7: no valid YAML"),
        ("- 1\n---\n- 2\n", ":1: an interaction is a mapping"),
        ("request: {}\nresponse: {}\n", "has at least a `url`"),
        ("request: {url: x}\n", "without a response"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(text)
    with pytest.raises(CassetteError, match="mend it, or record it anew") as caught:
        load(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    append(tmp_path / "t.yaml", interaction(1))
    assert len(load(tmp_path / "t.yaml")) == 1
    append(tmp_path / "t.yaml", interaction(2))
    assert len(load(tmp_path / "t.yaml")) == 2


ODD = " \n\t\r\x85\u2028\u2029\ufeff\x00\x07:#-?!&*'\"|>%@`{}[],abcé😀~01\\/=<\x7f\xa0\uffff"


@pytest.mark.parametrize("seed", range(40))
def test_any_text_comes_back_as_it_was(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def text() -> str:
        return "".join(chance.choice(ODD) for _ in range(chance.randint(0, 12)))

    numbers = [chance.uniform(-1e9, 1e9), 10.0 ** chance.randint(-300, 300), 2**70, -0.0, True, None]
    value = {text(): [text(), {text(): text()}, chance.choice(numbers)], "text": text()}
    written = interaction(json=value, stream=[text(), text().encode()])
    append(tmp_path / "t.yaml", written)
    assert repr(load(tmp_path / "t.yaml")) == repr([written])  # True is 1, and -0.0 is 0.0, to ==
