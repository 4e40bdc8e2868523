"""Models that keep their bytes: what is the same whether they are decoded or not, and when they are."""

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel, Field, TypeAdapter

from llama_stack.apis.errors import BadRequestError, StackError
from llama_stack.apis.inference import ChatCompletionRequest, EmbeddingsRequest, RerankRequest
from llama_stack.apis.wire import WireModel, _held, dump, edit


class Part(BaseModel):
    text: str = "none"


class Answer(WireModel):
    id: str
    parts: list[Part] = Field(default=[])
    note: str | None = None


class Holder(BaseModel):
    answer: Answer


BYTES = b'{ "id":"a1", "parts":[{"text":"hi"}], "unknown":{"deep":[1, 2.50]} }'
HELLO = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def held() -> Answer:
    return Answer.from_wire(BYTES)


def is_decoded(model: WireModel) -> bool:
    return _held(model) is None


def request(**fields: Any) -> ChatCompletionRequest:
    return ChatCompletionRequest.from_wire(json.dumps(HELLO | fields).encode())


# ---- keeping the bytes


def test_bytes_that_nobody_looked_at_leave_as_they_came() -> None:
    answer = held()
    assert answer.wire == dump(answer) == BYTES
    assert not is_decoded(answer)


LOOKS: dict[str, Callable[[Answer], Any]] = {
    "a field": lambda a: a.id,
    "a default": lambda a: a.note,
    "an unknown field": lambda a: a.unknown,
    "its fields": lambda a: a.model_fields_set,
    "its unknown fields": lambda a: a.model_extra,
    "a dump": lambda a: a.model_dump(),
    "a JSON dump": lambda a: a.model_dump_json(),
    "repr": repr,
    "str": str,
    "equality": lambda a: a == a.model_copy(),
    "iteration": dict,
    "a copy": copy.copy,
    "a deep copy": copy.deepcopy,
    "a changed copy": lambda a: a.model_copy(update={"note": "n"}),
    "pickle": pickle.dumps,
    "a place in another model": lambda a: Holder(answer=a),
    "a list of them": lambda a: TypeAdapter(list[Answer]).dump_json([a]),
    "setting a field": lambda a: setattr(a, "note", "n"),
    "deleting a field": lambda a: delattr(a, "note"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_any_look_decodes_it(look: Callable[[Answer], Any]) -> None:
    answer = held()
    look(answer)
    assert is_decoded(answer)
    assert answer.id == "a1"


def test_once_decoded_it_is_what_validation_would_have_made() -> None:
    made = Answer.model_validate_json(BYTES)
    assert held() == made
    assert made == held()
    assert held() == held()
    assert held() != Answer(id="a2")
    assert repr(held()) == repr(made)
    assert held().model_dump() == made.model_dump()
    assert held().model_fields_set == {"id", "parts", "unknown"}


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))])
def test_a_clone_is_equal_and_on_its_own(clone: Callable[[Answer], Answer]) -> None:
    answer = held()
    twin = clone(answer)
    assert twin == answer
    twin.note = "mine"
    assert answer.note is None
    assert json.loads(twin.wire)["note"] == "mine"


PLACES: dict[str, Callable[[Answer], Any]] = {
    "validated": lambda a: json.loads(Holder(answer=a).model_dump_json())["answer"],
    "constructed": lambda a: json.loads(Holder.model_construct(answer=a).model_dump_json())["answer"],
    "in a list": lambda a: TypeAdapter(list[Answer]).dump_python([a])[0],
    "as a value": lambda a: TypeAdapter(dict[str, Any]).dump_python({"it": a})["it"],
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_wherever_it_lies_it_is_dumped_whole(place: Callable[[Answer], Any]) -> None:
    assert place(held()) == held().model_dump()


def test_unknown_fields_stay_and_unset_ones_are_not_sent() -> None:
    answer = held()
    answer.id = "a2"
    assert json.loads(answer.wire) == {"id": "a2", "parts": [{"text": "hi"}], "unknown": {"deep": [1, 2.5]}}
    assert json.loads(Answer(id="a3").wire) == {"id": "a3"}


def test_made_the_usual_way_it_is_an_ordinary_model() -> None:
    answer = Answer(id="a", parts=[{"text": "x"}])
    assert (answer.parts[0].text, answer.note) == ("x", None)
    with pytest.raises(AttributeError, match="nothing"):
        _ = answer.nothing
    with pytest.raises(AttributeError, match="nothing"):
        _ = held().nothing


@pytest.mark.parametrize("body", [b'{"id": 7}', b"{}", b"[]", b"no json", b'{"id": "\xff"}', b'{"id":"\\ud800"}', b""])
def test_an_answer_that_does_not_fit_is_not_the_callers_fault(body: bytes) -> None:
    with pytest.raises(StackError, match="malformed Answer") as caught:
        _ = Answer.from_wire(body).id
    assert (caught.value.status, caught.value.code) == (500, "malformed_response")


# ---- requests: what is checked at the door

REFUSED = {
    b'{"messages":[{"role":"user","content":"x"}]}': ("model", "model: this field is required"),
    b'{"model":"","messages":[]}': ("model", "model: Expected `str` of length >= 1"),
    b'{"model":7,"messages":[]}': ("model", "model: Expected `str`, got `int`"),
    b'{"model":"m"}': ("messages", "messages: this field is required"),
    b'{"model":"m","messages":[]}': ("messages", "messages: Expected `array` of length >= 1"),
    b'{"model":"m","messages":"hi"}': ("messages", "messages: Expected `array`, got `str`"),
    b'{"model":"m","messages":[{"content":"x"}]}': ("messages[0].role", "messages[0].role: this field is required"),
    b'{"model":"m","messages":[{"role":"user","content":7}]}': (
        "messages[0].content",
        "messages[0].content: Expected `str | array | null`, got `int`",
    ),
    b'{"model":"m","messages":[{"role":"user"}],"stream":"yes"}': (
        "stream",
        "stream: Expected `bool | null`, got `str`",
    ),
    b'{"model":"m","messages":[{"role":"user"}],"n":0}': ("n", "n: Expected `int` >= 1"),
    b"[]": (None, "the request body: Expected `object`, got `array`"),
    b"null": (None, "the request body: Expected `object`, got `null`"),
}


@pytest.mark.parametrize(("body", "told"), REFUSED.items(), ids=[body.decode() for body in REFUSED])
def test_a_wrong_shape_is_told_with_its_place(body: bytes, told: tuple[str | None, str]) -> None:
    with pytest.raises(BadRequestError) as caught:
        ChatCompletionRequest.from_wire(body)
    assert (caught.value.param, caught.value.message) == told


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b'{"model":"m"',
        b'{"model":"m","messages":[{"role":"user"}]} and more',
        b'{"model":"\xff","messages":[{"role":"user"}]}',
        b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}',
        b'{"model":"m","messages":[{"role":"user"}],"temperature":NaN}',
        b'{"model":"m","messages":[{"role":"user"}],"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=["nothing", "a word", "cut", "too much", "not UTF-8", "half a character", "NaN", "too deep"],
)
def test_what_is_no_json_is_told(body: bytes) -> None:
    with pytest.raises(BadRequestError, match="the request body is ") as caught:
        ChatCompletionRequest.from_wire(body)
    assert caught.value.code == "invalid_json"


def test_what_only_decoding_finds_is_the_callers_fault_as_well() -> None:
    wrong = request(messages=[{"role": "robot", "content": "x"}])
    with pytest.raises(BadRequestError, match="robot") as caught:
        _ = wrong.messages
    assert caught.value.param == "messages[0]"


def test_every_request_has_its_shape() -> None:
    assert EmbeddingsRequest.from_wire(b'{"model":"m","input":["a",[1,2]]}').model == "m"
    with pytest.raises(BadRequestError, match="input"):
        EmbeddingsRequest.from_wire(b'{"model":"m","input":[]}')
    with pytest.raises(BadRequestError, match="items"):
        RerankRequest.from_wire(b'{"model":"m","query":"q","items":[]}')


# ---- requests: asking for another model


def test_the_head_is_read_without_decoding() -> None:
    asked = request(stream=True, store=False)
    assert (asked.model, asked.stream, asked.store) == ("m", True, False)
    assert not is_decoded(asked)


@pytest.mark.parametrize("looked_at", [False, True])
def test_another_model_is_all_that_changes(looked_at: bool) -> None:
    asked = request(stream=True, temperature=0.5, own_option={"model": "inner"}, seed=2**70)
    if looked_at:
        assert asked.temperature == 0.5
    renamed = asked.for_model("other")
    assert (renamed.model, renamed.stream, asked.model) == ("other", True, "m")
    assert json.loads(renamed.wire) == json.loads(asked.wire) | {"model": "other"}
    assert is_decoded(renamed) is looked_at


@pytest.mark.parametrize("keys", [b'"model":"a","model":"b"', b'"model":"a","mod\\u0065l":"b"'])
def test_a_model_named_twice_cannot_mean_two(keys: bytes) -> None:
    asked = ChatCompletionRequest.from_wire(b"{" + keys + b',"messages":[{"role":"user","content":"x"}]}')
    assert asked.model == "b"  # the last, as in any JSON reader of ours
    assert asked.for_model("mine").wire.count(b"el") == 1
    assert json.loads(asked.for_model("mine").wire)["model"] == "mine"


def test_what_is_changed_after_a_look_is_sent() -> None:
    asked = request(temperature=1)
    asked.temperature = 0.25
    sent = json.loads(asked.for_model("x").wire)
    assert sent == {**HELLO, "model": "x", "temperature": 0.25}


# ---- edit


def test_edit_puts_drops_and_renames_and_copies_the_rest_as_it_stands() -> None:
    body = b'{"a": 1.50, "b": {"a": "\\u00e9"}, "c": null, "d": 2}'
    edited = edit(body, put={"a": "new", "z": [1]}, drop=["c", "absent"], rename={"d": "e", "absent": "x"})
    assert edited == b'{"a":"new","b":{"a": "\\u00e9"},"e":2,"z":[1]}'


def test_a_renamed_field_yields_to_one_that_has_the_name_already() -> None:
    assert edit(b'{"old":1,"new":2}', rename={"old": "new"}) == b'{"new":2}'


def test_edit_wants_an_object() -> None:
    with pytest.raises(msgspec.ValidationError):
        edit(b"[1]")
